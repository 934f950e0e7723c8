import BenchReport
import CommandLineKit
import TextFormats

/// Documents as the experiments print them, small and with round figures.
enum Samples {
  static let system: JSONValue = [
    "cpu": "Example CPU <1>", "isa": "avx512", "cache_l2_bytes": 1_048_576, "smt": false,
    "load_average": [0.5, 0.25], "blas_core": "SkylakeX",
  ]

  private static func document(_ experiment: String?, _ fields: JSONObject) -> JSONValue {
    var document: JSONObject = [
      "schema_version": 1, "started_at": "2026-01-02T03:04:05Z",
      "tool": ["name": "repvgg-bench", "version": "9.8.7", "commit": "0123456789abcdef"],
      "command": ["repvgg-bench", "measure", "--format", "json"], "interrupted": false,
      "system": system,
    ]
    if let experiment { document["experiment"] = .string(experiment) }
    for entry in fields.entries { document[entry.key] = entry.value }
    return .object(document)
  }

  private static func scenario(_ model: String, _ form: String, milliseconds: Double) -> JSONValue {
    let median = milliseconds * 1e6
    return [
      "model": .string(model), "form": .string(form), "batch": 1, "threads": 2,
      "input": [1, 3, 224, 224], "policy": "fast", "algorithm": "auto", "streams": 1,
      "phases_ns": ["load": 1_000_000, "fuse": 2_000_000, "plan": 3_000_000, "first": 4_000_000],
      "samples_ns": .array((0..<40).map { .double(median * (0.98 + 0.001 * Double($0))) }),
      "summary": [
        "n": 40, "median_ns": .double(median), "p95_ns": .double(median * 1.02),
        "p99_ns": .double(median * 1.03), "mad_ns": .double(median * 0.01),
      ],
      "images_per_second": .double(1e9 / median), "effective_gflops": .double(3e9 / median),
      "memory": [
        "weight_bytes": 31_457_280, "packed_weight_bytes": 94_371_840,
        "activation_peak_bytes": .integer(form == "branched" ? 7_340_032 : 3_145_728),
        "arena_bytes": 7_340_032, "workspace_bytes": 2_097_152, "peak_rss_bytes": 136_314_880,
        "allocations_per_run": 0,
      ],
      "noise": "quiet", "warnings": ["plain: 3 of 40 are outliers"],
    ]
  }

  private static func comparison(
    _ model: String, _ baseline: String, _ candidate: String, ratio: Double
  ) -> JSONValue {
    [
      "model": .string(model), "batch": 1, "threads": 2, "input": [1, 3, 224, 224],
      "policy": "fast", "streams": 1, "baseline": .string(baseline),
      "candidate": .string(candidate), "ratio": .double(ratio),
      "ci95": .array([.double(ratio - 0.01), .double(ratio + 0.01)]),
      "activation_peak_ratio": 0.4286,
    ]
  }

  /// Branched, folded and plain in 12, 10 and 8 ms, of one or several models.
  static func run(_ models: [String] = ["RepVGG-A0"], factor: Double = 1) -> JSONValue {
    document(
      nil,
      [
        "scenarios": .array(
          models.flatMap { model in
            [("branched", 12.0), ("folded", 10.0), ("plain", 8.0)].map {
              scenario(model, $0.0, milliseconds: $0.1 * factor)
            }
          }),
        "comparisons": .array(
          models.flatMap {
            [
              comparison($0, "branched", "folded", ratio: 1.2),
              comparison($0, "branched", "plain", ratio: 1.5),
              comparison($0, "folded", "plain", ratio: 1.25),
            ]
          }),
      ])
  }

  private static func layer(_ name: String, _ algorithm: String, milliseconds: Double) -> JSONValue
  {
    [
      "section": "A0", "layer": .string(name), "algorithm": .string(algorithm),
      "output": "48x56x56", "macs": 65_028_096, "time_ns": .double(milliseconds * 1e6),
      "share": 0.25, "gflops": 130, "gbs": 20, "operations_per_byte": 6.5, "roof_gflops": 200,
      "bound": "memory", "of_roof": 0.65, "model": "RepVGG-A0", "batch": 1, "threads": 2,
    ]
  }

  static let layers: JSONValue = document(
    "layers",
    [
      "sections": [
        [
          "section": "A0", "title": "RepVGG-A0, plain form",
          "rows": [
            layer("stage0.0 conv3x3", "direct", milliseconds: 1),
            layer("stage1.0 conv3x3", "winograd-4x4", milliseconds: 2),
            layer("stage2.0 conv3x3", "im2col", milliseconds: 3),
            layer("all", "", milliseconds: 6),
          ], "notes": [], "verdict": nil,
        ]
      ],
      "roofline": [["threads": 2, "peak_gflops": 400, "bandwidth_gbs": 30.5]],
    ])

  private static func section(
    _ key: String, _ name: String, verdict: JSONValue = nil, rows: [JSONValue]
  ) -> JSONValue {
    var object: JSONObject = [key: .string(name)]
    let fields: JSONObject = [
      "title": .string("Title of \(name)"), "rows": .array(rows), "notes": ["A note."],
      "verdict": verdict, "noise": "noisy", "warnings": ["The machine was noisy: for a test"],
    ]
    for entry in fields.entries { object[entry.key] = entry.value }
    return .object(object)
  }

  static let claims: JSONValue = document(
    "claims",
    [
      "claims": [
        section(
          "claim", "parallelism", verdict: "Fragments cost time.",
          rows: [1, 2, 4, 8].map {
            [
              "claim": "parallelism", "layer": "64x56x56", "fragments": .integer($0),
              "algorithm": "winograd-4x4", "time_ns": 100_000, "gflops": 50,
              "relative_time": .double(1 + 0.1 * Double($0)),
            ]
          }),
        section(
          "claim", "branches", verdict: "Branches cost time.",
          rows: ["none", "identity", "1x1"].map {
            [
              "claim": "branches", "branches": .string($0), "form": "branched", "time_ns": 100_000,
              "images_per_second": 50, "relative_time": 1.5,
            ]
          }),
        section(
          "claim", "memory", verdict: "Branches cost memory.",
          rows: ["plain", "folded", "branched"].map {
            [
              "claim": "memory", "form": .string($0), "batch": 1, "size": 224,
              "activation_peak_bytes": 4_194_304, "peak_rss_bytes": 104_857_600,
            ]
          }),
        section(
          "claim", "operator", verdict: "The 3x3 is the fastest operator.",
          rows: ["1x1", "3x3"].map {
            [
              "claim": "operator", "kernel": .string($0), "implementation": "engine, direct",
              "macs": 12_845_056, "time_ns": 50_000, "gflops": 300,
            ]
          }),
      ]
    ])

  static let scaling: JSONValue = document(
    "scaling",
    [
      "sections": [
        section(
          "section", "A0",
          rows: [(1, 1), (2, 1), (1, 2)].map {
            [
              "section": "A0", "model": "RepVGG-A0", "batch": 1, "threads": .integer($0.0),
              "streams": .integer($0.1), "latency_ns": 8_000_000, "images_per_second": 125,
              "speedup": 1.9, "efficiency": 0.95,
            ]
          })
      ]
    ])

  static let training: JSONValue = document(
    "training",
    [
      "rows": [
        [
          "model": "digits", "batch": 64, "size": 32, "branched_over_plain": 1.75,
          "branched": ["step_ns": 70_000_000, "activation_bytes": 3_670_016],
          "plain": ["step_ns": 40_000_000, "activation_bytes": 2_359_296],
        ]
      ]
    ])

  static let equivalence: JSONValue = document(
    "equivalence",
    ["rule": "sgd", "relative_difference_by_step": [1e-16, 2e-16, 4e-16, 0]])

  static let kernels: JSONValue = document(
    "kernels",
    [
      "model": "RepVGG-A0", "batch": 1, "threads": 2,
      "rows": [
        [
          "layer": "stage1.0 conv3x3", "algorithm": "winograd-4x4", "macs": 65_028_096,
          "layer_ns": 100_000, "sgemm_ns": 200_000, "ratio": 0.5,
        ]
      ],
    ])

  static let compare: JSONValue = document(
    "compare",
    [
      "sections": [
        section(
          "section", "comparison", verdict: "regressed: of 1 scenarios 0 faster, 1 slower.",
          rows: [
            [
              "section": "comparison", "scenario": "RepVGG-A0 plain", "old_median_ns": 8_000_000,
              "new_median_ns": 9_000_000, "ratio": 0.889, "verdict": "slower",
              "reason": "ratio 0.889, tolerance 3 %",
            ]
          ])
      ]
    ])

  static let peers: JSONValue = document(
    "peers",
    [
      "date": "2026-01-02", "versions": ["ncnn": "1.2.3", "openvino": "4.5.6"],
      "rows": [
        [
          "model": "RepVGG-A0", "batch": 1, "threads": 2, "size": "224x224", "graph": "plain",
          "policy": "fast", "median_ms": ["plain": 5, "ncnn": 10, "openvino": 12.5],
          "best_peer": "ncnn", "ratio": 2, "relative_l2": 5e-7,
          "peak_rss_bytes": ["ncnn": 104_857_600, "plain": 94_371_840],
        ]
      ],
    ])

  /// One document of every experiment, by its name.
  static let all: [(name: String, document: JSONValue)] = [
    ("run", run()), ("layers", layers), ("claims", claims), ("scaling", scaling),
    ("training", training), ("equivalence", equivalence), ("kernels", kernels),
    ("compare", compare), ("peers", peers),
  ]

  /// The page about documents in files of these names.
  static func page(_ documents: [(name: String, document: JSONValue)]) throws -> String {
    try ReportPage(documents.map { try result($0.document, name: $0.name) }).html()
  }

  static func result(_ document: JSONValue, name: String = "result") throws -> ResultDocument {
    try ResultDocument(
      bytes: Array(JSONWriter().text(document).utf8), file: "folder/\(name).json")
  }
}

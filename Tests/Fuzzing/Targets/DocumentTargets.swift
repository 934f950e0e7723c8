import BenchReport
import CommandLineKit
import RepVGG
import RepVGGImaging
import ToolSupport
import TextFormats

/// Texts: configurations, tuned choices, results of the bench, names.
let documentTargets: [FuzzTarget] = [
  FuzzTarget(
    name: "configuration", structure: JSONStructure(), builtIn: { DocumentSeeds.configurations },
    body: { input in
      let file = MemoryFile(input)
      _ = try ModelConfiguration(contentsOf: file.path)
    }),
  FuzzTarget(
    name: "tuning", structure: LineStructure(), builtIn: { DocumentSeeds.tuning },
    body: { input in
      let file = MemoryFile(input)
      // Whatever is read is written the same.
      for key in ["key", "other key"] { _ = TuningCache.choices(for: key, in: file.path) }
    }),
  FuzzTarget(
    name: "json", structure: JSONStructure(),
    builtIn: { DocumentSeeds.configurations + DocumentSeeds.results },
    body: { input in
      let value = try JSONReader().value(bytes: input)
      for layout in [JSONWriter.Layout.compact, .pretty] {
        let text = JSONWriter(layout, escapesForHTML: layout == .pretty).text(value)
        let copy = try JSONReader().value(text)
        precondition(copy == value, "JSON does not read back equal")
      }
    }),
  // Twice the same document: the page sets results beside each other.
  FuzzTarget(
    name: "report", structure: JSONStructure(), builtIn: { DocumentSeeds.results },
    body: { input in
      let result = try ResultDocument(bytes: input, file: "run.json")
      for results in [[result], [result, result]] { _ = try ReportPage(results).html() }
    }),
  FuzzTarget(
    name: "labels", structure: LineStructure(),
    builtIn: { [Array("tench\r\ngoldfish\n".utf8), Array("a\0b\0".utf8)] },
    body: { input in
      _ = NameList(input)
      let file = MemoryFile(input)
      let names = try NameFile.names(contentsOf: file.path)
      precondition(names.count <= input.count)
    }),
  // What exported detectors have in their metadata.
  FuzzTarget(
    name: "class-names", structure: FlatStructure(),
    builtIn: { [Array(#"{0: 'it\'s', 1: "b"}"#.utf8), Array(#"["a", "\u0062"]"#.utf8)] },
    body: { input in
      guard let names = ClassNameText.names(String(decoding: input, as: UTF8.self)) else { return }
      precondition(names.count <= input.count && names.keys.allSatisfy { $0 >= 0 })
    }),
]

/// Small documents of every kind.
enum DocumentSeeds {
  static var configurations: [[UInt8]] {
    [
      """
      {"architecture":"repvgg_a0","num_classes":10,"label_names":["a","b"],
       "pretrained_cfg":{"input_size":[3,224,224],"crop_pct":0.875,"crop_mode":"center",
       "interpolation":"bilinear","mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}}
      """,
      """
      {"input_size":[3,32,32],"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5],"crop_pct":1,
       "interpolation":"bicubic","strides":[1,1,2,2,2],"id2label":{"0":"a"},"x":null}
      """,
    ].map { Array($0.utf8) }
  }

  static var tuning: [[UInt8]] {
    [
      """
      repvgg tuning 5
      key key
      im2col\tstage0
      direct panel=32 depth=96 lines=4 split=pixels prefetch=49152\tkernel=3x3 stride=1
      winograd rows=4 columns=4 panel=16 depth=64 tiles=8 order=panelOuter stored=kernel multiplied=columns \
      split=pixels prefetch=0\tstage2.0
      key other key

      """
    ].map { Array($0.utf8) }
  }

  static var results: [[UInt8]] {
    Samples.all.map { Array(JSONWriter(.compact).text($0.document).utf8) }
  }
}

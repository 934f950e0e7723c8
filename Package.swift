// swift-tools-version: 6.2
import PackageDescription

// The commit is baked into the tools, so that every report can name it.
let commit =
  Context.gitInformation.map { $0.currentCommit + ($0.hasUncommittedChanges ? "+changes" : "") }
  ?? "unknown"

/// The fuzzer, which `scripts/fuzz` builds: its sanitizers must not reach other builds.
let fuzzing: [Target] =
  Context.environment["REPVGG_FUZZING"] == nil
  ? []
  : [
    .target(
      name: "FuzzingSupport", path: "Tests/FuzzingSupport", exclude: ["ignored.txt"]),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "RepVGG", "RepVGGC", "CRepVGG", "RepVGGImaging", "RepVGGTraining", "CommandLineKit",
        "ToolSupport", "BenchReport", "FuzzingSupport", "RandomGraphs", "TextFormats",
      ], path: "Tests/Fuzzing", linkerSettings: [.linkedLibrary("stdc++")]),
  ]

let package = Package(
  name: "RepVGG",
  products: [
    // MARK: - Products
    .library(name: "RepVGG", targets: ["RepVGG"]),
    .executable(name: "repvgg", targets: ["RepVGGTool"]),
    .executable(name: "repvgg-bench", targets: ["repvgg-bench"]),
    .library(name: "RepVGGImaging", targets: ["RepVGGImaging"]),
    // The C interface; installed as librepvgg.
    .library(name: "RepVGGC", type: .dynamic, targets: ["RepVGGC"]),
    .library(name: "RepVGGTraining", targets: ["RepVGGTraining"]),
  ],
  targets: [
    // MARK: - C
    // Headers only: the libraries are opened when they are needed.
    .systemLibrary(
      name: "COpenBLAS",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CPlatform"),
    .target(name: "CKernels", dependencies: ["CPlatform"]),
    .target(
      name: "CBuildInfo", cSettings: [.define("REPVGG_COMMIT", to: "\"\(commit)\"")]),
    .target(name: "CTrainingKernels"),
    .target(name: "CDigits", exclude: ["data"]),
    .systemLibrary(
      name: "CLibJPEG", path: "Sources/CImageCodecs/LibJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(
      name: "CLibPNG", path: "Sources/CImageCodecs/LibPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CLibWebP", path: "Sources/CImageCodecs/LibWebP", pkgConfig: "libwebpdemux",
      providers: [.apt(["libwebp-dev"])]),
    .target(
      name: "CImageCodecs", dependencies: ["CLibJPEG", "CLibPNG", "CLibWebP"],
      path: "Sources/CImageCodecs/Codecs"),

    // MARK: - Library
    // JSON and text that is safe to show, for the library and the tools.
    .target(name: "TextFormats"),
    .target(name: "SeededNumbers"),
    .target(
      name: "RepVGG",
      dependencies: ["COpenBLAS", "CKernels", "CPlatform", "CZlib", "SeededNumbers", "TextFormats"]),
    .target(name: "CRepVGG"),
    .target(name: "RepVGGC", dependencies: ["CRepVGG", "RepVGG"]),
    .target(name: "RepVGGImaging", dependencies: ["RepVGG", "CImageCodecs", "TextFormats"]),
    .target(
      name: "RepVGGTraining",
      dependencies: ["RepVGG", "COpenBLAS", "CTrainingKernels", "CDigits", "SeededNumbers"]),

    // MARK: - Measurement
    .target(name: "Measurement", dependencies: ["CPlatform", "SeededNumbers", "TextFormats"]),
    .target(name: "CAllocationProbe"),

    // MARK: - Tools
    .target(name: "CommandLineKit", dependencies: ["CPlatform", "TextFormats"]),
    .target(
      name: "ToolSupport",
      dependencies: ["RepVGG", "CommandLineKit", "CBuildInfo", "CPlatform", "SeededNumbers"]),
    .executableTarget(
      name: "RepVGGTool",
      dependencies: [
        "RepVGG", "RepVGGImaging", "RepVGGTraining", "CommandLineKit", "ToolSupport", "CPlatform",
        "Measurement", "SeededNumbers", "TextFormats",
      ]),
    .target(
      name: "BenchReport", dependencies: ["CommandLineKit", "TextFormats"],
      path: "Benchmarks/BenchReport"),
    .executableTarget(
      name: "repvgg-bench",
      dependencies: [
        "RepVGG", "COpenBLAS", "CKernels", "CPlatform", "CAllocationProbe", "CommandLineKit",
        "Measurement", "RepVGGTraining", "ToolSupport", "BenchReport", "SeededNumbers",
        "TextFormats",
      ], path: "Benchmarks/repvgg-bench"),

    // MARK: - Tests
    .testTarget(
      name: "RepVGGTests", dependencies: ["RepVGG", "CPlatform", "RandomGraphs", "TestSupport"]),
    // Valid ONNX graphs and what they mean, for tests and the fuzzer.
    .target(
      name: "RandomGraphs", dependencies: ["RepVGG", "SeededNumbers"], path: "Tests/RandomGraphs"),
    .testTarget(
      name: "PerformanceTests",
      dependencies: [
        "RepVGG", "Measurement", "CommandLineKit", "CAllocationProbe", "COpenBLAS", "CPlatform",
        "TextFormats",
      ]),
    .testTarget(
      name: "BenchReportTests", dependencies: ["BenchReport", "CommandLineKit", "TextFormats"]),
    .testTarget(name: "KernelTests", dependencies: ["CKernels", "RepVGG", "TestSupport"]),
    .testTarget(
      name: "MeasurementTests",
      dependencies: [
        "Measurement", "RepVGG", "CPlatform", "CAllocationProbe", "COpenBLAS", "TestSupport",
      ]),
    .testTarget(name: "TextFormatsTests", dependencies: ["TextFormats"]),
    .testTarget(name: "SeededNumbersTests", dependencies: ["SeededNumbers"]),
    .testTarget(
      name: "CommandLineKitTests",
      dependencies: ["CommandLineKit", "CommandLineKitSample", "TestSupport"]),
    // What tests of several modules need: processes, folders, fixtures, random numbers.
    .target(name: "TestSupport", dependencies: ["SeededNumbers"], path: "Tests/TestSupport"),
    .executableTarget(
      name: "CommandLineKitSample", dependencies: ["CommandLineKit"],
      path: "Tests/CommandLineKitSample"),
    // What the articles and the README show.
    .testTarget(
      name: "DocumentationTests",
      dependencies: ["RepVGG", "RepVGGImaging", "RepVGGTraining", "TestSupport"]),
    .testTarget(name: "RepVGGImagingTests", dependencies: ["RepVGGImaging", "TestSupport"]),
    .testTarget(
      name: "RepVGGTrainingTests",
      dependencies: ["RepVGG", "RepVGGTraining", "SeededNumbers", "TestSupport"]),
    // The tools are run as processes; the dependency has them built.
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "RepVGG", "CommandLineKit", "RepVGGTool", "repvgg-bench", "TestSupport", "TextFormats",
      ]),
    // The tool runs as a process; the dependency has it built.
    .testTarget(
      name: "ClassifyTests",
      dependencies: [
        "RepVGG", "RepVGGImaging", "CommandLineKit", "RepVGGTool", "TestSupport", "TextFormats",
      ]),
    .testTarget(
      name: "TrainingCommandTests",
      dependencies: [
        "RepVGG", "RepVGGTraining", "CommandLineKit", "RepVGGTool", "TestSupport", "repvgg-bench",
        "TextFormats",
      ]),
  ] + fuzzing,
  swiftLanguageModes: [.v6]
)

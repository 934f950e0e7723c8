// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "RepVGG",
  products: [
    // MARK: - Products
    .library(name: "RepVGG", targets: ["RepVGG"])
  ],
  targets: [
    // MARK: - C
    .systemLibrary(
      name: "COpenBLAS",
      pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
    .target(name: "CPlatform"),
    .target(name: "CAllocationProbe"),

    // MARK: - Library
    .target(name: "RepVGG", dependencies: ["COpenBLAS"]),

    // MARK: - Measurement
    .target(name: "Measurement", dependencies: ["CPlatform"]),

    // MARK: - Tests
    .testTarget(name: "RepVGGTests", dependencies: ["RepVGG"]),
    .testTarget(
      name: "MeasurementTests",
      dependencies: ["Measurement", "CPlatform", "CAllocationProbe", "COpenBLAS"]),
  ],
  swiftLanguageModes: [.v6]
)

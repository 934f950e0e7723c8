// swift-tools-version: 6.2
import PackageDescription

// A program of its own that links the library. A copy elsewhere names the repository's URL instead
// of the path.
let package = Package(
  name: "link",
  dependencies: [
    .package(name: "RepVGG", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "link", dependencies: [.product(name: "RepVGG", package: "RepVGG")])
  ],
  swiftLanguageModes: [.v6]
)

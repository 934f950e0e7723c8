import Foundation

/// The checked-in files under `Tests/Fixtures`.
package enum Fixture {
  package static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")

  /// The absolute path of a file, such as `tiny/train.pth`.
  package static func path(_ name: String) -> String { root.appending(path: name).path }

  package static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(filePath: path(name))))
  }
}

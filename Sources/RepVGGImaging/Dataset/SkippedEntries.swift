/// What a listing skipped, counted by kind, so that nothing is omitted silently.
public struct SkippedEntries: Sendable, Hashable {
  /// How often each kind occurred: the name of an image format that is not read, such as `GIF`,
  /// or `hidden entries`, `other files`, `files outside the class folders`.
  public private(set) var counts: [String: Int] = [:]

  /// Nothing skipped yet.
  public init() {}

  /// The kind of an entry whose name begins with a dot.
  static let hidden = "hidden entries"
  /// The kind of a file that is not an image.
  static let other = "other files"
  /// The kind of a file outside the class folders.
  static let outside = "files outside the class folders"

  /// The total number of entries.
  public var total: Int { counts.values.reduce(0, +) }

  /// The counts in one line, such as `2 GIF, 1 hidden entries`; nil if nothing was skipped.
  public var summary: String? {
    guard !counts.isEmpty else { return nil }
    return counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(
      separator: ", ")
  }

  mutating func add(_ kind: String) { counts[kind, default: 0] += 1 }

  /// Adds what another listing skipped.
  public static func += (left: inout SkippedEntries, right: SkippedEntries) {
    left.counts.merge(right.counts, uniquingKeysWith: +)
  }
}

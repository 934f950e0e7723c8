import CommandLineKit
import Glibc
import RepVGG
import RepVGGImaging

/// The part of a set of images that one of several processes classifies: `2/8`, counted from 0.
struct Shard: Sendable, Hashable, CustomStringConvertible {
  let index: Int
  let count: Int

  var description: String { "\(index)/\(count)" }
}

extension ValueKind where Value == Shard {
  /// `i/n` with `i` from 0 to `n - 1`.
  static var shard: ValueKind {
    ValueKind(placeholder: "I/N") { text in
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { part in
        part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
          ? Int(part) : nil
      }
      guard parts.count == 2, numbers.count == 2, numbers[0] < numbers[1],
        numbers[1] <= 1_000_000_000
      else { throw InvalidValue("must be I/N with I from 0 to N - 1, for example 0/4") }
      return Shard(index: numbers[0], count: numbers[1])
    }
  }
}

/// The images that a command line names: files, folders, and `-` for a list on standard input.
struct ImageSelection {
  let items: [ImageDataset.Item]
  /// What could not be listed; of several shards only the first one reports it.
  let problems: [RepVGGError]
  /// What was skipped in folders; of several shards only the first one reports it.
  let skipped: SkippedEntries

  /// Lists the images.
  ///
  /// - Throws: `UsageError` if standard input is named twice, `missingInput` if there are no names
  ///   at all.
  init(_ words: [String], shard: Shard) throws {
    var names: [String] = []
    var problems: [RepVGGError] = []
    var hasReadStandardInput = false
    for word in words {
      guard word == "-" else {
        names.append(word)
        continue
      }
      if hasReadStandardInput { throw UsageError("- can be given once: it reads standard input") }
      hasReadStandardInput = true
      let list = try NameList(readingFrom: STDIN_FILENO)
      names += list.names
      if list.invalidCount > 0 {
        problems.append(
          RepVGGError(
            .missingInput, "\(list.invalidCount) names are not UTF-8", file: "standard input"))
      }
    }
    var paths: [String] = []
    var skipped = SkippedEntries()
    for name in names {
      let listing = ImageDataset.listing([name])
      paths += listing.items.map(\.path)
      problems += listing.problems
      skipped += listing.skipped
      if listing.items.isEmpty, listing.problems.isEmpty {
        let others = listing.skipped.summary.map { "; it holds \($0)" } ?? ""
        problems.append(
          RepVGGError(.missingInput, "is a folder without images\(others)", file: name))
      }
    }
    guard !paths.isEmpty || !problems.isEmpty else {
      throw RepVGGError(.missingInput, "no images are named")
    }
    items = try ImageDataset(paths: paths).shard(shard.index, of: shard.count).items
    self.problems = shard.index == 0 ? problems : []
    self.skipped = shard.index == 0 ? skipped : SkippedEntries()
  }
}

import Foundation
import RepVGG
import RepVGGImaging
import TestSupport
import Testing

@Suite struct ImageDatasetTests {
  /// Files of the least content that counts as an image by its signature.
  private static let signature: [UInt8] = [0xff, 0xd8, 0xff]

  private func relativePaths(_ dataset: ImageDataset, in folder: TemporaryFolder) -> [String] {
    dataset.items.map { String($0.path.dropFirst(folder.path.count + 1)) }
  }

  @Test func listsAFolderInTheOrderOfItsPathsBytes() throws {
    let folder = try TemporaryFolder()
    for name in [
      "b.jpg", "a/z.PNG", "a.b/y.webp", "a-x.ppm", "a/sub/1.jpeg", "ü.jpg", "Z.jpg",
      "line\nbreak.jpg",
    ] { try folder.file(name, [0]) }
    try folder.file("no-extension", Self.signature)
    try folder.file("other.data", Self.signature)
    try folder.file("notes.txt", Array("text".utf8))
    try folder.file(".hidden.jpg", Self.signature)
    try folder.file(".cache/x.jpg", Self.signature)
    let dataset = ImageDataset.listing([folder.path])
    let expected = [
      "Z.jpg", "a-x.ppm", "a.b/y.webp", "a/sub/1.jpeg", "a/z.PNG", "b.jpg", "line\nbreak.jpg",
      "no-extension", "other.data", "ü.jpg",
    ]
    #expect(relativePaths(dataset, in: folder) == expected)
    #expect(dataset.items.map(\.index) == Array(0..<expected.count))
    #expect(dataset.problems.isEmpty)
    // The order is that of all paths' bytes, not of each folder's names alone.
    let sorted = dataset.items.map(\.path).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    #expect(dataset.items.map(\.path) == sorted)
  }

  @Test func takesFileArgumentsAsTheyAre() throws {
    let folder = try TemporaryFolder()
    let text = try folder.file("notes.txt", Array("text".utf8))
    let missing = folder.path("missing.jpg")
    let dataset = ImageDataset.listing([missing, text, text])
    #expect(dataset.items.map(\.path) == [missing, text, text])
  }

  @Test func survivesLinkLoopsPipesAndBrokenLinks() throws {
    let folder = try TemporaryFolder()
    try folder.file("a/1.jpg", [0])
    try folder.file("b/2.jpg", [0])
    let manager = FileManager.default
    for (link, target) in [
      ("a/loop", folder.path), ("b/self", "."), ("a/other", "../b"), ("gone.jpg", "/nowhere"),
    ] {
      try manager.createSymbolicLink(
        atPath: folder.path + "/" + link, withDestinationPath: target)
    }
    #expect(mkfifo(folder.path("pipe.jpg"), 0o600) == 0)
    let paths = relativePaths(ImageDataset.listing([folder.path]), in: folder)
    #expect(paths == ["a/1.jpg", "a/other/2.jpg", "gone.jpg"])
  }

  @Test func reportsNamesThatAreNotText() throws {
    let folder = try TemporaryFolder()
    try folder.file("good.jpg", [0])
    let bad = Array((folder.path("bad")).utf8CString.dropLast()) + [-1, 0]
    let descriptor = open(bad, O_CREAT | O_WRONLY, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)
    let dataset = ImageDataset.listing([folder.path])
    #expect(dataset.items.count == 1)
    #expect(dataset.problems.count == 1)
    #expect(dataset.problems.first?.reason == "the name is not UTF-8")
  }

  @Test func numbersTheClassesOfAnImageFolder() throws {
    let folder = try TemporaryFolder()
    for name in ["n02/b.jpg", "n02/a.jpg", "n01/deep/c.jpg", "N03/d.jpg", ".git/e.jpg", "f.jpg"] {
      try folder.file(name, [0])
    }
    try FileManager.default.createDirectory(
      atPath: folder.path("n015"), withIntermediateDirectories: false)
    let dataset = try ImageDataset.imageFolder(folder.path)
    #expect(dataset.classNames == ["N03", "n01", "n015", "n02"])
    #expect(
      relativePaths(dataset, in: folder) == [
        "N03/d.jpg", "n01/deep/c.jpg", "n02/a.jpg", "n02/b.jpg",
      ]
    )
    #expect(dataset.items.map(\.classIndex) == [0, 1, 3, 3])
  }

  @Test func imageFolderErrors() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("x.jpg", [0])
    #expect(failure { _ = try ImageDataset.imageFolder(folder.path) }?.kind == .badData)
    #expect(failure { _ = try ImageDataset.imageFolder(file) }?.kind == .missingInput)
    let missing = failure { _ = try ImageDataset.imageFolder(folder.path("none")) }
    #expect(missing?.kind == .missingInput && missing?.file == folder.path("none"))
  }

  @Test func shardsHoldEveryImageOnce() throws {
    let dataset = try ImageDataset(paths: (0..<10).map { "\($0)" })
    for count in 1...12 {
      let shards = try (0..<count).map { try dataset.shard($0, of: count) }
      let merged = shards.flatMap(\.items).sorted { $0.index < $1.index }
      #expect(merged == dataset.items)
      let sizes = shards.map(\.items.count)
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }
    for (index, count) in [(1, 1), (-1, 2), (0, 0), (0, -1), (Int.max, Int.max)] {
      #expect(failure { _ = try dataset.shard(index, of: count) }?.kind == .invalidArgument)
    }
  }

  @Test func readsNameLists() throws {
    #expect(NameList(Array("a b\n\nc\n".utf8)).names == ["a b", "c"])
    #expect(NameList(Array("a\nb\0c".utf8)).names == ["a\nb", "c"])
    #expect(NameList([]).names.isEmpty)
    let invalid = NameList([0x61, 0x0a, 0xff, 0x0a])
    #expect(invalid.names == ["a"] && invalid.invalidCount == 1)

    let folder = try TemporaryFolder()
    let path = try folder.file("list", Array("x.jpg\ny.jpg".utf8))
    let descriptor = open(path, O_RDONLY)
    #expect(try NameList(readingFrom: descriptor).names == ["x.jpg", "y.jpg"])
    lseek(descriptor, 0, SEEK_SET)
    #expect(
      failure { _ = try NameList(readingFrom: descriptor, maximumByteCount: 5) }?.kind == .badData)
    close(descriptor)
    #expect(failure { _ = try NameList(readingFrom: descriptor) }?.kind == .inputOutput)
  }
}

import CommandLineKit
import Foundation
import RepVGG
import RepVGGImaging

/// The folder of pictures with boxes that `--draw` makes.
struct DetectionDrawings {
  private let folder: String
  private let decoder: ImageDecoder
  /// The names of the pictures by the indices of their images.
  private let names: [Int: String]

  /// Creates the folder and chooses names: those of the images with `.png`, with the image's index
  /// where names would repeat and where other processes compute the other images.
  ///
  /// - Throws: `cannotCreate`; `UsageError` if images are read from the folder, because they could
  ///   be overwritten.
  init(
    _ folder: String, items: [ImageDataset.Item], shard: Shard, decoder: ImageDecoder
  ) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw RepVGGError(.cannotCreate, "cannot be created as a folder", file: folder)
    }
    let target = Self.resolved(folder)
    let sources = Set(items.map { ($0.path as NSString).deletingLastPathComponent })
    guard !sources.contains(where: { Self.resolved($0.isEmpty ? "." : $0) == target }) else {
      throw UsageError("--draw names a folder from which images are read; choose another one")
    }
    func stem(_ item: ImageDataset.Item) -> String {
      ((item.path as NSString).lastPathComponent as NSString).deletingPathExtension
    }
    let counts = Dictionary(grouping: items, by: stem).mapValues(\.count)
    var taken = Set(counts.filter { $0.value == 1 }.keys)
    var names: [Int: String] = [:]
    for item in items {
      var name = stem(item)
      if counts[name] != 1 || shard.count > 1 {
        name += "-\(item.index)"
        while !taken.insert(name).inserted { name += "-\(item.index)" }
      }
      names[item.index] = name + ".png"
    }
    self.names = names
    self.folder = folder
    self.decoder = decoder
  }

  private static func resolved(_ folder: String) -> String {
    URL(fileURLWithPath: folder).resolvingSymlinksInPath().standardizedFileURL.path
  }

  /// Reads an image again and writes it with its boxes.
  ///
  /// - Returns: The path of the picture.
  /// - Throws: `cannotCreate`, `inputOutput`, and what reading throws, also if the image has another
  ///   size now.
  func write(
    _ outcome: ImageBatchQueue.Outcome, boxes: [Detection], label: (Detection) -> String
  ) throws(RepVGGError) -> String {
    let item = outcome.item
    let image = try decoder.decode(contentsOf: item.path).image
    guard image.width == outcome.width, image.height == outcome.height else {
      throw RepVGGError(.badData, "has changed since boxes were detected in it", file: item.path)
    }
    let path = "\(folder)/\(names[item.index] ?? "\(item.index).png")"
    try image.drawing(boxes, label: label).write(png: path, replacing: true)
    return path
  }
}

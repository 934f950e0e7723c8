import CommandLineKit
import Foundation
import RepVGG
import RepVGGImaging
import RepVGGTraining

/// The training or the test images of an ImageFolder, resized and cropped when they are needed.
struct ImageFolderSource: ImageSource {
  let classNames: [String]
  let classCount: Int
  let height: Int
  let width: Int
  let channels = 3
  /// Classes without images.
  let emptyClasses: [String]
  /// What was skipped.
  let skipped: SkippedEntries
  let normalization = PixelNormalization(
    mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
  private let items: [ImageDataset.Item]
  private let preprocessor: ImagePreprocessor

  /// Lists the images of a folder of class folders; the preset specifies how they become squares.
  ///
  /// - Throws: `missingInput`, `badData` if a folder cannot be listed or contains no images.
  init(folder: String, preset: ImagePreset) throws(RepVGGError) {
    let listed = try ImageDataset.imageFolder(folder)
    if let problem = listed.problems.first { throw problem }
    guard !listed.items.isEmpty else {
      throw RepVGGError(.badData, "holds no images", file: folder)
    }
    items = listed.items
    skipped = listed.skipped
    classNames = listed.classNames
    emptyClasses = listed.emptyClasses
    classCount = listed.classNames.count
    height = preset.cropSize
    width = preset.cropSize
    preprocessor = ImagePreprocessor(preset: preset)
  }

  var count: Int { items.count }

  func label(at index: Int) -> Int32 { Int32(clamping: items[index].classIndex ?? 0) }

  func read(at index: Int, into pixels: UnsafeMutableBufferPointer<UInt8>) throws {
    let path = items[index].path
    do throws(RepVGGError) {
      let image = try preprocessor.fitted(try ImageDecoder().decode(contentsOf: path).image)
      image.withUnsafePixels { _ = pixels.update(fromContentsOf: $0) }
    } catch {
      throw error.inFile(path)
    }
  }
}

extension DataSet {
  /// The data set that a command line names: `digits`, a folder with the files of MNIST or CIFAR,
  /// or an ImageFolder with `train` and `val` (or `test`).
  ///
  /// - Parameters:
  ///   - name: The word or folder.
  ///   - size: The requested side of the images; nil for their own, 224 for an ImageFolder.
  /// - Returns: The training and the test images.
  /// - Throws: `missingInput`, `badData`, and `invalidArgument` for a size that does not fit.
  static func named(_ name: String, size: Int?) throws -> DataSet {
    if name != "digits", isFolder("\(name)/train") {
      return try imageFolder(name, size: size ?? 224)
    }
    let data = try named(name)
    guard let size else { return data }
    let (height, width) = (data.training.height, data.training.width)
    if height == size, width == size { return data }
    let enlarged =
      size % height == 0 && size / height <= 64
      ? try named(name, enlargement: size / height) : data
    guard enlarged.training.height == size, enlarged.training.width == size else {
      throw RepVGGError(
        .invalidArgument, "its images of \(height)x\(width) cannot be made \(size) wide",
        file: name)
    }
    return enlarged
  }

  private static func imageFolder(_ folder: String, size: Int) throws -> DataSet {
    guard let test = ["val", "test"].map({ "\(folder)/\($0)" }).first(where: isFolder) else {
      throw RepVGGError(
        .missingInput, "has a folder 'train', but neither 'val' nor 'test' beside it",
        file: folder)
    }
    let preset = try ImagePreset.author(size: size)
    let training = try ImageFolderSource(folder: "\(folder)/train", preset: preset)
    if let empty = training.emptyClasses.first {
      throw RepVGGError(
        .badData, "the class folder \(empty.quotedForDisplay()) holds no images to train with",
        file: "\(folder)/train")
    }
    let evaluation = try ImageFolderSource(folder: test, preset: preset)
    guard training.classNames == evaluation.classNames else {
      throw RepVGGError(.badData, "has other classes than the training images", file: test)
    }
    return try DataSet(name: folder, training: training, test: evaluation)
  }

  private static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }
}

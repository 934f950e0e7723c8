import CDigits
import Foundation
import RepVGG

/// A training set and a test set.
public struct DataSet: Sendable {
  /// What the set is called in logs.
  public let name: String
  /// Images to train with.
  public let training: any ImageSource
  /// Images to test with.
  public let test: any ImageSource

  /// Two sets of the same classes and image size.
  ///
  /// - Throws: `badData` where they differ.
  public init(name: String, training: any ImageSource, test: any ImageSource) throws {
    guard training.classCount == test.classCount, training.height == test.height,
      training.width == test.width, training.channels == test.channels
    else {
      throw RepVGGError(.badData, "training and test images differ in size or classes", file: name)
    }
    self.name = name
    self.training = training
    self.test = test
  }

  /// The handwritten digits that the package carries, enlarged to 32x32: 1437 and 360 images.
  ///
  /// From *Optical Recognition of Handwritten Digits* by E. Alpaydin and C. Kaynak, UCI Machine
  /// Learning Repository, CC BY 4.0.
  public static func digits() throws -> DataSet {
    func file(_ file: rvgk_digits_file, rank: Int) throws -> IDXFile {
      var byteCount = 0
      let bytes = rvgk_digits(file, &byteCount)
      return try IDXFile(
        UnsafeRawBufferPointer(start: bytes, count: byteCount), rank: rank, file: "digits")
    }
    func source(
      _ images: rvgk_digits_file, _ labels: rvgk_digits_file
    ) throws -> EnlargedImageSource<MemoryImageSource> {
      try EnlargedImageSource(
        MemoryImageSource(
          images: file(images, rank: 3), labels: file(labels, rank: 1), classCount: 10,
          normalization: .digits, file: "digits"), factor: 4)
    }
    return try DataSet(
      name: "digits", training: source(RVGK_DIGITS_TRAINING_IMAGES, RVGK_DIGITS_TRAINING_LABELS),
      test: source(RVGK_DIGITS_TEST_IMAGES, RVGK_DIGITS_TEST_LABELS))
  }

  /// A folder with MNIST's four files.
  ///
  /// - Parameters:
  ///   - folder: holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the same as
  ///     `t10k-`.
  ///   - enlargement: how often every pixel is repeated each way.
  ///   - normalization: how bytes become numbers.
  /// - Returns: both sets.
  /// - Throws: `missingInput` or `badData` with the file concerned.
  public static func idx(
    folder: String, enlargement: Int = 1, normalization: PixelNormalization = .mnist
  ) throws -> DataSet {
    func source(_ prefix: String, classes: Int?) throws -> MemoryImageSource {
      let path = "\(folder)/\(prefix)-images-idx3-ubyte"
      return try MemoryImageSource(
        images: IDXFile(path: path, rank: 3),
        labels: IDXFile(path: "\(folder)/\(prefix)-labels-idx1-ubyte", rank: 1),
        classCount: classes, normalization: normalization, file: path)
    }
    let training = try source("train", classes: nil)
    let test = try source("t10k", classes: training.classCount)
    return try DataSet(
      name: folder, training: EnlargedImageSource(training, factor: enlargement),
      test: EnlargedImageSource(test, factor: enlargement))
  }

  /// A folder with the binary version of CIFAR-10 or CIFAR-100, whichever files it holds.
  ///
  /// - Throws: `missingInput` or `badData` with the file concerned.
  public static func cifar(folder: String) throws -> DataSet {
    let isHundred = FileManager.default.fileExists(atPath: "\(folder)/train.bin")
    let batches = (1...5).map { "\(folder)/data_batch_\($0).bin" }
    let (training, test) =
      isHundred
      ? (["\(folder)/train.bin"], ["\(folder)/test.bin"])
      : (batches, ["\(folder)/test_batch.bin"])
    let kind: CIFARKind = isHundred ? .cifar100 : .cifar10
    return try DataSet(
      name: folder, training: MemoryImageSource(cifar: training, kind),
      test: MemoryImageSource(cifar: test, kind))
  }

  /// The set that a name or path stands for: `digits`, or a folder of MNIST's or CIFAR's files.
  ///
  /// - Throws: `missingInput` where the folder holds neither, `badData` for damaged files.
  public static func named(_ name: String, enlargement: Int = 1) throws -> DataSet {
    if name == "digits" { return try digits() }
    let manager = FileManager.default
    if manager.fileExists(atPath: "\(name)/train-images-idx3-ubyte") {
      return try idx(folder: name, enlargement: enlargement)
    }
    if ["train.bin", "data_batch_1.bin"].contains(where: {
      manager.fileExists(atPath: "\(name)/\($0)")
    }) {
      return try cifar(folder: name)
    }
    throw RepVGGError(
      .missingInput, "is neither 'digits' nor a folder with the files of MNIST or CIFAR",
      file: name.printable)
  }
}

import RepVGG

/// The images to process, in an order that depends only on their names.
///
/// Nothing is decoded here. What could not be listed is stored in ``problems``, so one bad folder
/// does not lose a million images.
public struct ImageDataset: Sendable {
  /// One image.
  public struct Item: Sendable, Hashable {
    /// The index in the whole data set, from 0; a shard keeps it.
    public let index: Int
    /// The file.
    public let path: String
    /// The class, an index into ``ImageDataset/classNames``; nil if there are no classes.
    public let classIndex: Int?
  }

  /// The images in order.
  public private(set) var items: [Item]
  /// The names of the classes in order of their indices; empty if there are none.
  public let classNames: [String]
  /// What could not be listed, each error with its file.
  public let problems: [RepVGGError]
  /// What was skipped because it is not a readable image.
  public private(set) var skipped = SkippedEntries()

  /// The classes without images.
  public var emptyClasses: [String] {
    let used = Set(items.compactMap(\.classIndex))
    return classNames.indices.filter { !used.contains($0) }.map { classNames[$0] }
  }

  /// A data set of given files.
  ///
  /// - Parameters:
  ///   - paths: The files in order.
  ///   - classIndices: The class of each file, or nil if there are no classes.
  ///   - classNames: The names of the classes.
  ///   - problems: What could not be listed.
  /// - Throws: `invalidArgument` if the classes do not match the files or the names.
  public init(
    paths: [String], classIndices: [Int]? = nil, classNames: [String] = [],
    problems: [RepVGGError] = []
  ) throws(RepVGGError) {
    if let classIndices {
      guard classIndices.count == paths.count,
        classIndices.allSatisfy({ classNames.indices.contains($0) })
      else { throw RepVGGError(.invalidArgument, "class indices do not fit files and classes") }
    }
    items = paths.enumerated().map { index, path in
      Item(index: index, path: path, classIndex: classIndices?[index])
    }
    self.classNames = classNames
    self.problems = problems
  }

  /// The images named by the arguments of a command.
  ///
  /// A file is accepted whatever it holds. A folder stands for the images in it, at any depth,
  /// sorted by the bytes of their paths; a file counts as an image by its extension, or else by its
  /// first bytes. Hidden entries and other files are skipped and counted. Links are followed, but
  /// every folder is entered once. The order of the arguments is kept.
  ///
  /// - Parameter arguments: Files and folders.
  /// - Returns: The images, without classes.
  public static func listing(_ arguments: [String]) -> ImageDataset {
    var lister = DirectoryLister()
    var paths: [String] = []
    for argument in arguments { paths += lister.images(at: argument) }
    return ImageDataset(listed: paths, classIndices: nil, classNames: [], lister)
  }

  /// An ImageFolder: one folder per class, the classes sorted by the bytes of their names, as
  /// torchvision's `ImageFolder` numbers them.
  ///
  /// Unlike in torchvision, hidden folders are not classes; they are counted in ``skipped``. A
  /// class without images keeps its index; see ``emptyClasses``.
  ///
  /// - Parameter directory: The folder of class folders.
  /// - Returns: The images with their classes, class by class.
  /// - Throws: `missingInput` if the folder cannot be read, `badData` if it has no folders.
  public static func imageFolder(_ directory: String) throws(RepVGGError) -> ImageDataset {
    var lister = DirectoryLister()
    let classNames = try lister.classFolders(of: directory)
    guard !classNames.isEmpty else {
      throw RepVGGError(
        .badData, "no class folders in it: expected one folder a class", file: directory)
    }
    var paths: [String] = []
    var classIndices: [Int] = []
    for (classIndex, name) in classNames.enumerated() {
      // Every class by itself: links may put the same images into two classes.
      let images = lister.images(at: DirectoryLister.join(directory, name))
      lister.forgetVisited()
      paths += images
      classIndices += Array(repeating: classIndex, count: images.count)
    }
    return ImageDataset(
      listed: paths, classIndices: classIndices, classNames: classNames, lister)
  }

  private init(
    listed paths: [String], classIndices: [Int]?, classNames: [String], _ lister: DirectoryLister
  ) {
    items = paths.enumerated().map { index, path in
      Item(index: index, path: path, classIndex: classIndices?[index])
    }
    self.classNames = classNames
    problems = lister.problems
    skipped = lister.skipped
  }

  /// Every `count`-th image, starting with the `index`-th, so that several processes share the
  /// work.
  ///
  /// The shards of all indices together contain every image once, each with its index in the whole
  /// set. All of them have the same ``problems``.
  ///
  /// - Parameters:
  ///   - index: Which shard, from 0 to `count - 1`.
  ///   - count: The number of shards, at least 1.
  /// - Returns: The shard.
  /// - Throws: `invalidArgument` for a shard that does not exist.
  public func shard(_ index: Int, of count: Int) throws(RepVGGError) -> ImageDataset {
    guard count >= 1, index >= 0, index < count else {
      throw RepVGGError(.invalidArgument, "shard \(index) of \(count) does not exist")
    }
    var copy = self
    copy.items = stride(from: index, to: items.count, by: count).map { items[$0] }
    return copy
  }
}

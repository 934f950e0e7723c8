import RepVGG

/// Which images to work on, in an order that depends on their names alone.
///
/// Nothing is decoded here. What could not be listed is kept in ``problems``, so that one bad
/// folder does not lose a million images.
public struct ImageDataset: Sendable {
  /// One image.
  public struct Item: Sendable, Hashable {
    /// The place in the whole data set, from 0; a shard keeps it.
    public let index: Int
    /// The file.
    public let path: String
    /// The class, an index into ``ImageDataset/classNames``; nil where there are no classes.
    public let classIndex: Int?
  }

  /// The images in order.
  public private(set) var items: [Item]
  /// The names of the classes in order of their indices; empty where there are none.
  public let classNames: [String]
  /// What could not be listed, each error with its file.
  public let problems: [RepVGGError]
  /// What was passed over, as no image that is read.
  public private(set) var skipped = SkippedEntries()

  /// The classes without an image.
  public var emptyClasses: [String] {
    let used = Set(items.compactMap(\.classIndex))
    return classNames.indices.filter { !used.contains($0) }.map { classNames[$0] }
  }

  /// A data set of given files.
  ///
  /// - Parameters:
  ///   - paths: The files in order.
  ///   - classIndices: The class of each file, or nil where there are no classes.
  ///   - classNames: The names of the classes.
  ///   - problems: What could not be listed.
  /// - Throws: `invalidArgument` where the classes do not fit the files or the names.
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

  /// The images that the arguments of a command stand for.
  ///
  /// A file is taken as it is, whatever it holds. A folder stands for the images in it, at any
  /// depth, sorted by the bytes of their paths; what
  /// counts as one is told by its extension, or else by its first bytes. Hidden entries and other
  /// files are passed over and counted; links are followed, but every folder is entered once.
  /// The order of the arguments is kept.
  ///
  /// - Parameter arguments: Files and folders.
  /// - Returns: The images, without classes.
  public static func listing(_ arguments: [String]) -> ImageDataset {
    var lister = DirectoryLister()
    var paths: [String] = []
    for argument in arguments { paths += lister.images(at: argument) }
    return ImageDataset(listed: paths, classIndices: nil, classNames: [], lister)
  }

  /// An ImageFolder: one folder a class, the classes sorted by the bytes of their names, as
  /// torchvision's `ImageFolder` numbers them.
  ///
  /// Hidden folders are no classes, other than in torchvision; they are counted in ``skipped``. A
  /// class without images keeps its index; see ``emptyClasses``.
  ///
  /// - Parameter directory: The folder of class folders.
  /// - Returns: The images with their classes, class by class.
  /// - Throws: `missingInput` where the folder cannot be read, `badData` where it has no folders.
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
      // Every class on its own: a link may bring the same images into two classes.
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

  /// Every `count`-th image from the `index`-th on, so that several processes share the work.
  ///
  /// The shards of all indices together hold every image once, each with its index in the whole.
  /// All of them name the same ``problems``.
  ///
  /// - Parameters:
  ///   - index: Which shard, 0 to `count - 1`.
  ///   - count: The number of shards, at least 1.
  /// - Returns: The shard.
  /// - Throws: `invalidArgument` for a shard that there is not.
  public func shard(_ index: Int, of count: Int) throws(RepVGGError) -> ImageDataset {
    guard count >= 1, index >= 0, index < count else {
      throw RepVGGError(.invalidArgument, "shard \(index) of \(count) does not exist")
    }
    var copy = self
    copy.items = stride(from: index, to: items.count, by: count).map { items[$0] }
    return copy
  }
}

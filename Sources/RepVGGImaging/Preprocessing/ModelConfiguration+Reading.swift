import RepVGG
import TextFormats

extension ModelConfiguration {
  /// The largest file that is accepted; the names of tens of thousands of classes fit.
  private static let maximumByteCount = 16 << 20

  /// Reads a file.
  ///
  /// - Throws: `missingInput`, `inputOutput`, `badData` for malformed text; with the file.
  public init(contentsOf path: String) throws(RepVGGError) {
    let file = try FileBytes(contentsOf: path, maximumByteCount: Self.maximumByteCount)
    do {
      try self.init(parsing: file.bytes)
    } catch {
      throw error.inFile(path)
    }
  }

  /// Reads the file beside a weights file that describes it: `NAME.config.json` for
  /// `NAME.safetensors`, else `config.json` in the same folder.
  ///
  /// - Parameter weightsPath: The weights file.
  /// - Returns: The configuration; nil if there is none.
  /// - Throws: As ``init(contentsOf:)``.
  public static func beside(
    weightsPath: String
  ) throws(RepVGGError) -> (configuration: ModelConfiguration, path: String)? {
    for path in [ownPath(weightsPath: weightsPath), sharedPath(weightsPath: weightsPath)]
    where FileBytes.exists(path) {
      return (try ModelConfiguration(contentsOf: path), path)
    }
    return nil
  }

  /// The path of the configuration that belongs only to one weights file.
  public static func ownPath(weightsPath: String) -> String {
    let name = weightsPath.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name
    return String(weightsPath.dropLast(name.count)) + stem + ".config.json"
  }

  /// The path of the configuration of a folder's model.
  public static func sharedPath(weightsPath: String) -> String {
    let name = weightsPath.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    return String(weightsPath.dropLast(name.count)) + "config.json"
  }

  /// Reads a text; errors do not name a file.
  package init(parsing text: String) throws(RepVGGError) {
    self = try Array(text.utf8).withBytes { bytes throws(RepVGGError) in
      try ModelConfiguration(parsing: bytes)
    }
  }

  /// Reads a text; errors do not name a file.
  package init(parsing bytes: UnsafeRawBufferPointer) throws(RepVGGError) {
    var scanner = JSONScanner(bytes, subject: "configuration")
    var outer = ModelConfiguration()
    var nested = ModelConfiguration()
    var keys = Set<String>()
    var nestedKeys = Set<String>()
    try scanner.object { (scanner, key) throws(RepVGGError) in
      try Self.note(key, in: &keys, scanner)
      if key == "pretrained_cfg", scanner.peek() == UInt8(ascii: "{") {
        try scanner.object { (scanner, key) throws(RepVGGError) in
          try Self.note(key, in: &nestedKeys, scanner)
          try nested.read(key, from: &scanner)
        }
      } else {
        try outer.read(key, from: &scanner)
      }
    }
    try scanner.expectEnd()
    // In the file of a fine-tuned network, the nested values describe the classes that it had
    // before.
    self = nested.filled(from: outer)
    architecture = outer.architecture ?? nested.architecture
    classCount = outer.classCount ?? nested.classCount
    classNames = outer.classNames ?? nested.classNames
  }

  private static func note(
    _ key: String, in seen: inout Set<String>, _ scanner: JSONScanner<RepVGGError>
  ) throws(RepVGGError) {
    guard seen.count < 1000, seen.insert(key).inserted else {
      throw scanner.malformed("key '\(key.printable)' twice, or too many keys")
    }
  }

  /// Reads the value of a key, or skips it.
  private mutating func read(
    _ key: String, from scanner: inout JSONScanner<RepVGGError>
  ) throws(RepVGGError) {
    if scanner.skipNull() { return }
    switch key {
    case "architecture": architecture = try scanner.string()
    case "num_classes": classCount = try scanner.integer()
    case "input_size": inputSize = try scanner.integers(limit: 3)
    case "crop_pct": cropFraction = try scanner.number()
    case "crop_mode": cropMode = try scanner.string()
    case "interpolation": interpolation = try scanner.string()
    case "mean": mean = try scanner.numbers(limit: 64)
    case "std": standardDeviation = try scanner.numbers(limit: 64)
    case "strides": strides = try scanner.integers(limit: 64)
    case "label_names", "labels", "id2label": classNames = try Self.names(from: &scanner)
    default: try scanner.skipValue()
    }
  }

  /// Names of classes: a list, or an object from index to name.
  private static func names(from scanner: inout JSONScanner<RepVGGError>) throws(RepVGGError)
    -> [Int: String]
  {
    var names: [Int: String] = [:]
    if scanner.peek() == UInt8(ascii: "[") {
      try scanner.array { scanner throws(RepVGGError) in
        names[names.count] = try scanner.string()
      }
      return names
    }
    try scanner.object { (scanner, key) throws(RepVGGError) in
      guard let index = Int(key), index >= 0 else {
        throw scanner.malformed("'\(key.printable)' is not the index of a class")
      }
      guard names.updateValue(try scanner.string(), forKey: index) == nil else {
        throw scanner.malformed("class \(index) has two names")
      }
    }
    return names
  }
}

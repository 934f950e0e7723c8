import CommandLineKit
import RepVGG
import RepVGGImaging
import ToolSupport

/// A network with the configuration of its input and classes: from its file's metadata, from a
/// configuration next to the file, or from the buffers of a preprocessor among its tensors.
struct StatedNetwork {
  /// The key of the safetensors metadata whose value is the JSON text of a configuration.
  static let metadataKey = "preprocessing"

  let network: Network
  /// The configuration; empty if there is none.
  private(set) var configuration: ModelConfiguration
  /// Its source, for reports; nil if there is none.
  private(set) var source: String?
  /// The contradiction between a file next to the weights and the weights, which have precedence.
  private let warning: String?

  /// Reads the network of a file, with the options of the command line.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - arguments: Those of a command that declares `NetworkArguments.all`.
  ///   - needsConfiguration: Whether a configuration that is malformed or of another network is an
  ///     error; otherwise it is ignored.
  /// - Throws: `RepVGGError`.
  init(
    _ path: String, _ arguments: Arguments, needsConfiguration: Bool = true
  ) throws(RepVGGError) {
    try self.init(
      ModelFile(named: path), path: path, arguments, needsConfiguration: needsConfiguration)
  }

  /// Reads the network of a file's contents.
  init(
    _ file: ModelFile, path: String, _ arguments: Arguments,
    needsConfiguration: Bool = true
  ) throws(RepVGGError) {
    var found: (configuration: ModelConfiguration, path: String?)?
    do throws(RepVGGError) {
      found = try Self.read(file.metadata, path: path)
    } catch {
      guard !needsConfiguration else { throw error }
    }
    var options = NetworkArguments.options(arguments)
    // The file's own metadata have precedence over what is next to it.
    let strides =
      options.strides == nil && file.isCheckpoint && file.metadata["strides"] == nil
      ? found?.configuration.strides : nil
    options.strides = options.strides ?? strides
    var network: Network
    do throws(RepVGGError) {
      network = try NetworkArguments.network(file, path: path, options: options, arguments)
    } catch {
      guard strides != nil, error.kind == .invalidArgument else { throw error }
      throw RepVGGError(.badData, error.reason, file: found?.path ?? path)
    }
    do throws(RepVGGError) {
      if let head = network.head {
        try found?.configuration.check(classCount: head.outputCount)
      }
    } catch {
      guard !needsConfiguration else {
        throw RepVGGError(
          error.kind, (found?.path == nil ? "its metadata: " : "") + error.reason,
          file: found?.path ?? path)
      }
      found = nil
      // Without the strides of another network.
      network = try Network(file, path: path, options: NetworkArguments.options(arguments))
    }
    self.network = network
    configuration = found?.configuration ?? ModelConfiguration()
    source = found.map { $0.path.map(Self.name) ?? "metadata" }
    warning =
      found?.path == nil ? Self.contradiction(of: configuration, path: path) : nil
    if let levels = network.origin.normalization, configuration.mean == nil,
      configuration.standardDeviation == nil
    {
      // Values of pixels from 0 to 255 if they cannot be of pixels from 0 to 1.
      let unit = (levels.mean + levels.deviation).contains { $0 > 1 } ? 255.0 : 1
      configuration.mean = levels.mean.map { $0 / unit }
      configuration.standardDeviation = levels.deviation.map { $0 / unit }
      source = source ?? "buffers"
    }
  }

  /// The configuration in the metadata, or the one next to the file with its path.
  static func read(
    _ metadata: [String: String], path: String
  ) throws(RepVGGError) -> (configuration: ModelConfiguration, path: String?)? {
    guard let text = metadata[metadataKey] else {
      guard path != "-", let beside = try ModelConfiguration.beside(weightsPath: path) else {
        return nil
      }
      return (beside.configuration, beside.path)
    }
    do throws(RepVGGError) {
      return (try ModelConfiguration(parsing: text), nil)
    } catch {
      throw RepVGGError(error.kind, "metadata '\(metadataKey)': \(error.reason)", file: path)
    }
  }

  private static func name(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// Where a file next to the weights differs from their metadata.
  private static func contradiction(of own: ModelConfiguration, path: String) -> String? {
    guard !own.isEmpty, let beside = try? ModelConfiguration.beside(weightsPath: path),
      beside.configuration.contradicts(own)
    else { return nil }
    return "\(beside.path) says something else of input or classes than the metadata of \(path),"
      + " which counts"
  }

  /// Warns the user of a contradiction.
  func warn(_ arguments: Arguments) {
    guard let warning else { return }
    StandardError.write("\(arguments.tool.name): warning: \(warning.escapedForDisplay)\n")
  }

  /// The configuration together with the network's own values; empty if there is none.
  var completed: ModelConfiguration {
    guard !configuration.isEmpty else { return ModelConfiguration() }
    var copy = configuration
    copy.architecture = copy.architecture ?? network.origin.architecture
    copy.classCount = network.head?.outputCount
    // The network's actual strides, whatever was specified.
    if copy.strides != nil { copy.strides = RepVGGDesign(stagesOf: network).strides }
    return copy
  }

  /// The name of every class, or its index if it has none; nil if no class has a name.
  var classNames: [String]? {
    guard let names = configuration.classNames, let head = network.head else { return nil }
    return (0..<head.outputCount).map { names[$0] ?? "\($0)" }
  }
}

extension ModelConfiguration {
  /// Whether both have a value and the values differ.
  fileprivate func contradicts(_ other: ModelConfiguration) -> Bool {
    func differ<Value: Equatable>(_ a: Value?, _ b: Value?) -> Bool {
      if let a, let b { a != b } else { false }
    }
    return differ(inputSize, other.inputSize) || differ(cropFraction, other.cropFraction)
      || differ(interpolation, other.interpolation) || differ(mean, other.mean)
      || differ(standardDeviation, other.standardDeviation)
      || differ(classNames, other.classNames) || differ(classCount, other.classCount)
  }
}

extension ModelFile {
  /// Texts that the file has of the network.
  fileprivate var metadata: [String: String] {
    switch self {
    case .checkpoint(let checkpoint): checkpoint.metadata
    case .graph(let model): model.shortMetadata
    }
  }

  fileprivate var isCheckpoint: Bool { if case .checkpoint = self { true } else { false } }
}

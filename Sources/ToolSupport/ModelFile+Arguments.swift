import CommandLineKit
import RepVGG

extension ModelFile {
  /// Reads the file that a command line names; `-` is standard input.
  ///
  /// - Throws: What ``ModelFile/init(contentsOf:)`` throws.
  package init(named path: String) throws(RepVGGError) {
    try self.init(contentsOf: path == "-" ? "/dev/stdin" : path)
  }

  /// The network of the file, read with the options of the command line.
  package func network(_ arguments: Arguments, path: String) throws(RepVGGError) -> Network {
    switch self {
    case .checkpoint: try NetworkArguments.network(self, path: path, arguments)
    case .graph(let model): try Network(model, file: path)
    }
  }
}

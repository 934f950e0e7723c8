extension Checkpoint {
  /// Reads a file of weights; its content decides the format, not its name.
  ///
  /// The file stays open, and elements are read when they are needed. If the file has been changed
  /// in place by then, that is an error, and the file has to be loaded again. A ``Plan`` has its
  /// own copy of the weights and is not affected. Deleting the file or replacing it by a rename is
  /// not a change. The content of a pipe is held in memory, at most 4 GiB.
  ///
  /// - Throws: `missingInput` if the file cannot be opened, `badData` if it is damaged or of an
  ///   unknown format, `unsupported` for what the library does not read, `inputOutput` if it cannot
  ///   be read or is being written. The error names the file and, where possible, the tensor.
  public init(contentsOf path: String) throws(RepVGGError) {
    let file = try InputFile(path: path) { start throws(RepVGGError) in
      guard try Format(of: start) == nil else { return }
      throw RepVGGError(.badData, try Format.reasonForUnknown(start), file: path)
    }
    try self.init(parsing: file)
  }

  /// Reads a file that is already open.
  package init(parsing file: InputFile) throws(RepVGGError) {
    do throws(RepVGGError) {
      switch try Format(of: file) {
      case .safetensors: self = try SafetensorsReader.read(file)
      case .torchZip: self = try TorchZipReader.read(file)
      case .torchLegacy: self = try TorchLegacyReader.read(file)
      case .memory, nil:
        throw RepVGGError(.badData, try Format.reasonForUnknown(file), file: file.path)
      }
    } catch {
      // If the bytes are of two versions, whatever is wrong with them means nothing.
      try file.checkUnchanged()
      throw error
    }
    try file.checkUnchanged()
  }

  /// Writes the tensors as a safetensors file, each in its own element type.
  ///
  /// The file appears complete or not at all, and equal tensors produce equal bytes.
  ///
  /// - Parameters:
  ///   - path: The file to create.
  ///   - metadata: Entries of the header; nil writes this checkpoint's own.
  ///   - replacing: Whether an existing file may be replaced.
  /// - Throws: `cannotCreate` if the file cannot be created or exists and may not be replaced,
  ///   `inputOutput` if writing fails, `invalidArgument` for what the format cannot store.
  public func write(
    safetensors path: String, metadata: [String: String]? = nil, replacing: Bool = false
  ) throws(RepVGGError) {
    try SafetensorsWriter.write(
      tensors, metadata: metadata ?? self.metadata, to: path, replacing: replacing)
  }
}

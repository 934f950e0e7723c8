/// Reads files of `torch.save` since PyTorch 1.6: a zip archive of a pickle and storages.
enum TorchZipReader {
  /// All tensors of a file; their elements stay in the file.
  ///
  /// - Throws: `badData` if the file is damaged or malicious, `unsupported` for what the library
  ///   does not read; the error names file and tensor.
  static func read(_ file: InputFile) throws(RepVGGError) -> Checkpoint {
    do throws(RepVGGError) {
      var archive = try ZipArchive(file)
      let folder = try folder(of: archive)
      let isBigEndian = try isBigEndian(&archive, folder: folder)
      let pickle = try archive.data(of: folder + "data.pkl")
      var machine = PickleMachine(file: pickle.file, range: pickle.range)
      let root = try machine.run()
      let heap = machine.heap
      let collector = try TorchTensorCollector(root: root, heap: heap)
      var builder = TorchTensorBuilder(file: file, heap: heap, isBigEndian: isBigEndian)
      let tensors = try builder.tensors(of: collector) { storage throws(RepVGGError) in
        try archive.data(of: "\(folder)data/\(heap.texts[storage.key])")
      }
      var checkpoint = Checkpoint(tensors: tensors, format: .torchZip, file: file.path)
      checkpoint.obstacle = collector.obstacle
      checkpoint.states = collector.states
      return checkpoint
    } catch {
      throw error.inFile(file.path)
    }
  }

  /// The folder inside the archive that contains everything, with its slash.
  private static func folder(of archive: ZipArchive) throws(RepVGGError) -> String {
    let pickles = archive.entries.values.map(\.name).filter { $0.isPath(to: "data.pkl") }
    guard let pickle = pickles.first, pickles.count == 1 else {
      throw RepVGGError(.badData, reasonForOther(archive, pickleCount: pickles.count))
    }
    let folder = String(decoding: pickle.utf8.dropLast("data.pkl".utf8.count), as: UTF8.self)
    guard archive.entries[UTF8Name(folder + "constants.pkl")] == nil else {
      throw RepVGGError(
        .unsupported, "is a TorchScript archive; save the state_dict() of the model instead")
    }
    return folder
  }

  /// What an archive with no pickle, or with several, probably is.
  private static func reasonForOther(_ archive: ZipArchive, pickleCount: Int) -> String {
    guard pickleCount == 0 else {
      return "is a zip archive with \(pickleCount) members data.pkl, not one by torch.save"
    }
    // In the order of the archive, so that the same file gives the same message.
    let names = archive.entries.values.sorted { $0.headerOffset < $1.headerOffset }.map(\.name)
    func member(_ suffixes: [String]) -> String? {
      names.first { name in suffixes.contains { name.hasByteSuffix($0) } }
    }
    if member([".npy"]) != nil {
      return "is an NPZ archive of NumPy arrays; save them with torch.save or safetensors"
    }
    if let inner = member([".pth", ".pt", ".ckpt", ".safetensors", ".bin", ".tar"]) {
      return "is a zip archive around '\(inner.printable)'; unpack it and give that file"
    }
    let first = names.first.map { ", the first '\($0.printable)'" } ?? ""
    return "is a zip archive of \(names.count) members\(first), and not one by torch.save"
  }

  private static func isBigEndian(
    _ archive: inout ZipArchive, folder: String
  ) throws(RepVGGError) -> Bool {
    // Files from before PyTorch 2.1 do not contain the byte order.
    guard archive.entries[UTF8Name(folder + "byteorder")] != nil else { return false }
    let (file, range) = try archive.data(of: folder + "byteorder")
    switch try file.bytes(at: range.lowerBound, count: min(range.count, 16)) {
    case Array("little".utf8): return false
    case Array("big".utf8): return true
    default: throw RepVGGError(.badData, "its member byteorder says neither little nor big")
    }
  }
}

extension String {
  /// Whether the text ends with another one, byte by byte.
  fileprivate func hasByteSuffix(_ suffix: String) -> Bool {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  /// Whether a path names a file of this name, in any folder.
  fileprivate func isPath(to name: String) -> Bool {
    utf8.elementsEqual(name.utf8) || hasByteSuffix("/" + name)
  }
}

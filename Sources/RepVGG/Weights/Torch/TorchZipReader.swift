/// Reads files of `torch.save` since PyTorch 1.6: a zip archive of a pickle and of storages.
enum TorchZipReader {
  /// All tensors of a file; their elements stay in the file.
  ///
  /// - Throws: `badData` where the file is damaged or malicious, `unsupported` for what the
  ///   library does not read; the error names file and tensor.
  static func read(_ file: InputFile) throws(RepVGGError) -> Checkpoint {
    do throws(RepVGGError) {
      let archive = try ZipArchive(file)
      let folder = try folder(of: archive)
      try checkByteOrder(archive, file, folder: folder)
      let pickle = try archive.data(of: folder + "data.pkl")
      var machine = PickleMachine(file: file, range: pickle)
      let root = try machine.run()
      let heap = machine.heap
      let collector = try TorchTensorCollector(root: root, heap: heap)
      var tensors = [String: Tensor](minimumCapacity: collector.tensors.count)
      for (name, tensor) in collector.tensors {
        do throws(RepVGGError) {
          let storage = heap.storages[tensor.storage]
          let bytes = try archive.data(of: "\(folder)data/\(storage.key)")
          tensors[name] = try tensor.tensor(in: file, storage: storage, bytes: bytes)
        } catch {
          throw error.inTensor(name)
        }
      }
      return Checkpoint(tensors: tensors, format: .torchZip, file: file.path)
    } catch {
      throw error.inFile(file.path)
    }
  }

  /// The folder inside the archive that everything lies in, with its slash.
  private static func folder(of archive: ZipArchive) throws(RepVGGError) -> String {
    let pickles = archive.entries.keys.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
    guard let pickle = pickles.first, pickles.count == 1 else {
      throw RepVGGError(
        .badData, "is a zip archive with \(pickles.count) members data.pkl, not one by torch.save")
    }
    let folder = String(pickle.dropLast("data.pkl".count))
    guard archive.entries[folder + "constants.pkl"] == nil else {
      throw RepVGGError(.unsupported, "is a TorchScript archive; save the model's state_dict()")
    }
    return folder
  }

  private static func checkByteOrder(
    _ archive: ZipArchive, _ file: InputFile, folder: String
  ) throws(RepVGGError) {
    // Files from before PyTorch 2.1 do not say.
    guard archive.entries[folder + "byteorder"] != nil else { return }
    let range = try archive.data(of: folder + "byteorder")
    switch try file.bytes(at: range.lowerBound, count: min(range.count, 16)) {
    case Array("little".utf8): break
    case Array("big".utf8):
      throw RepVGGError(.unsupported, "was written by a big-endian machine")
    default: throw RepVGGError(.badData, "its member byteorder says neither little nor big")
    }
  }
}

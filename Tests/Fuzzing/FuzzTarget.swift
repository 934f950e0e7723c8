import Glibc

/// A parser that is fuzzed; `REPVGG_FUZZ_TARGET` chooses one for the process.
enum FuzzTarget: String, CaseIterable {
  case safetensors, pickle, npy
  case torchZip = "torch-zip"
  case torchLegacy = "torch-legacy"

  static let chosen: FuzzTarget = {
    let name = getenv("REPVGG_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
      fatalError("REPVGG_FUZZ_TARGET is none of \(allCases.map(\.rawValue))")
    }
    return target
  }()

  /// Parses and reads every tensor whole.
  func parse(_ file: InputFile) throws(RepVGGError) -> [Tensor] {
    switch self {
    case .safetensors: return Array(try SafetensorsReader.read(file).tensors.values)
    case .torchZip: return Array(try TorchZipReader.read(file).tensors.values)
    case .torchLegacy: return Array(try TorchLegacyReader.read(file).tensors.values)
    case .npy: return [try NPYArray(parsing: file).tensor]
    case .pickle:
      do throws(RepVGGError) {
        var machine = PickleMachine(file: file, range: 0..<file.byteCount)
        let root = try machine.run()
        let heap = machine.heap
        var tensors: [Tensor] = []
        for tensor in try TorchTensorCollector(root: root, heap: heap).tensors.values {
          let storage = heap.storages[tensor.storage]
          tensors.append(
            try tensor.tensor(in: file, storage: storage, bytes: 0..<file.byteCount))
        }
        return tensors
      } catch {
        throw error.inFile(file.path)
      }
    }
  }
}

/// What libFuzzer calls with every input.
@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do throws(RepVGGError) {
    let buffer = UnsafeRawBufferPointer(start: bytes, count: count)
    let file = try InputFile(copying: buffer, path: "input")
    for tensor in try FuzzTarget.chosen.parse(file) {
      // Traps where the reader promised elements that are not there.
      precondition(try tensor.floats().count == tensor.count)
      precondition(try tensor.doubles().count == tensor.count)
    }
  } catch {
    precondition(error.file == "input", "an error without its file: \(error)")
  }
  return 0
}

/// What libFuzzer calls first: with `REPVGG_FUZZ_SEEDS` set, writes small seeds there and ends.
@c(LLVMFuzzerInitialize)
public func initializeFuzzing(
  _ argumentCount: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutableRawPointer?
) -> CInt {
  if let folder = getenv("REPVGG_FUZZ_SEEDS") {
    do {
      try FuzzSeeds.write(FuzzTarget.chosen, to: String(cString: folder))
      exit(0)
    } catch {
      fatalError("\(error)")
    }
  }
  return 0
}

/// Small valid files to start from: fixtures are mostly elements, which teach a fuzzer nothing.
enum CheckpointSeeds {
  private static let elements = [UInt8](repeating: 1, count: 48)

  static var safetensors: [[UInt8]] {
    let header =
      #"{"__metadata__":{"k":"v\n\u00e9"},"a":{"dtype":"F32","shape":[2,3],"#
      + #""data_offsets":[0,24]},"b":{"dtype":"I64","shape":[],"data_offsets":[24,32]},"#
      + #""c":{"dtype":"F16","shape":[8,1],"data_offsets":[32,48]}}"#
    return [Pickle.littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + elements]
  }

  static var npy: [[UInt8]] {
    ["<f4", ">f8", "|u1"].map { type in
      let size = type == ">f8" ? 3 : type == "<f4" ? 6 : 24
      let text = "{'descr': '\(type)', 'fortran_order': True, 'shape': (2, \(size)), }\n"
      return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0]
        + Array(text.utf8) + elements
    }
  }

  static var torchZip: [[UInt8]] {
    pickles.flatMap { pickle in
      var builder = ZipBuilder(torch: pickle, storages: [("0", elements)])
      let plain = builder.bytes
      builder.usesZip64 = true
      builder.members[0].usesZip64 = true
      return [plain, builder.bytes]
    }
  }

  static var torchLegacy: [[UInt8]] {
    let view = Pickle.tuple([Pickle.text("v"), Pickle.integer(2), Pickle.integer(4)])
    return [Pickle.none, view].map { view in
      let storage = Pickle.storage(key: "0", count: 12, view: view)
      let tensor = Pickle.tensor(storage, shape: [2], strides: [1])
      return TorchLegacyBuilder(
        object: Pickle.dictionary([("t", tensor)]), keys: ["0"], count: 12, elements: elements
      ).bytes
    }
  }

  private static var pickles: [[UInt8]] {
    let storage = Pickle.storage(count: 12) + Pickle.put(1)
    let tensor = Pickle.tensor(storage, offset: 1, shape: [2, 3], strides: [3, 1])
    let parameter = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_parameter"),
      [Pickle.tensor(Pickle.get(1), shape: [2], strides: [0]), [0x88], Pickle.none])
    let object =
      Pickle.global("argparse", "Namespace") + Array(")".utf8) + [0x81]
      + Pickle.dictionary([("lr", Pickle.integer(1))]) + Array("b".utf8)
    let ordered = Pickle.call(
      Pickle.global("collections", "OrderedDict"),
      [Pickle.list([Pickle.tuple([Pickle.text("w"), tensor])])])
    let untyped = Pickle.call(
      Pickle.global("torch._utils", "_rebuild_tensor_v3"),
      [
        Pickle.storage("UntypedStorage", module: "torch.storage", count: 48), Pickle.integer(1),
        Pickle.integers([2]), Pickle.integers([2]), [0x89], Pickle.none,
        Pickle.global("torch", "float16"),
      ])
    return [
      Pickle.whole(Pickle.dictionary([("a", tensor), ("b", parameter), ("o", object)])),
      Pickle.whole(Pickle.dictionary([("m", ordered), ("u", untyped)]), version: 5),
    ]
  }
}

import RepVGG
import TestSupport
import Testing

/// Tensors in every encoding that `onnx.proto` has.
@Suite struct ONNXTensorTests {
  /// Builds the dimensions, element type and name of a tensor.
  static func begin(_ tensor: inout WireBuilder, _ type: Int64, _ shape: [Int64]) {
    tensor.text(8, "w")
    for size in shape { tensor.integer(1, size) }
    tensor.integer(2, type)
  }

  static func packed(_ values: [Int64]) -> [UInt8] {
    values.flatMap { WireBuilder.varint(UInt64(bitPattern: $0)) }
  }

  @Test func readsRawBytesOfEveryType() throws {
    func read(_ type: Int64, _ raw: [UInt8]) throws -> Tensor {
      try ONNXBytes.initializer { tensor in
        Self.begin(&tensor, type, [2])
        tensor.bytes(9, raw)
      }
    }
    func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes(Array.init) }
    #expect(try read(1, bytes([Float(1.5), -2])).floats() == [1.5, -2])
    #expect(try read(2, [3, 255]).integers() == [3, 255])
    #expect(try read(3, [3, 255]).integers() == [3, -1])
    #expect(try read(4, bytes([UInt16(3), 65535])).integers() == [3, 65535])
    #expect(try read(5, bytes([Int16(3), -7])).integers() == [3, -7])
    #expect(try read(6, bytes([Int32(3), -7])).integers() == [3, -7])
    #expect(try read(7, bytes([Int64.max, Int64.min + 1])).integers() == [.max, .min + 1])
    #expect(try read(9, [0, 1]).integers() == [0, 1])
    #expect(try read(10, bytes([UInt16(0x3c00), 0xc000])).floats() == [1, -2])
    #expect(try read(11, bytes([0.1, -2])).doubles() == [0.1, -2])
    #expect(try read(12, bytes([UInt32(3), .max])).integers() == [3, 4_294_967_295])
    #expect(try read(13, bytes([UInt64(3), 1 << 62])).integers() == [3, 1 << 62])
    #expect(try read(16, bytes([UInt16(0x3f80), 0xc000])).floats() == [1, -2])
    #expect(try read(17, [0x38, 0xc0]).floats() == [1, -2])
    #expect(try read(19, [0x3c, 0xc0]).floats() == [1, -2])
  }

  @Test(arguments: [true, false]) func readsListsOfNumbersOfEveryType(_ isPacked: Bool) throws {
    func read(_ type: Int64, field: Int, _ values: [Int64]) throws -> Tensor {
      try ONNXBytes.initializer { tensor in
        Self.begin(&tensor, type, [Int64(values.count)])
        if isPacked {
          tensor.bytes(field, Self.packed(values))
        } else {
          for value in values { tensor.integer(field, value) }
        }
      }
    }
    #expect(try read(2, field: 5, [0, 255]).integers() == [0, 255])
    #expect(try read(3, field: 5, [-128, 127]).integers() == [-128, 127])
    #expect(try read(4, field: 5, [0, 65535]).integers() == [0, 65535])
    #expect(try read(5, field: 5, [-32768, 32767]).integers() == [-32768, 32767])
    #expect(try read(6, field: 5, [-1, .init(Int32.max)]).integers() == [-1, .init(Int32.max)])
    #expect(
      try read(7, field: 7, [.max, .min, 1 << 53 + 1]).integers() == [.max, .min, 1 << 53 + 1])
    #expect(try read(9, field: 5, [0, 1, 1]).integers() == [0, 1, 1])
    #expect(try read(10, field: 5, [0x3c00, 0xc000, -0x4000]).floats() == [1, -2, -2])
    #expect(try read(16, field: 5, [0x3f80, 0xc000]).doubles() == [1, -2])
    #expect(try read(12, field: 11, [0, 4_294_967_295]).integers() == [0, 4_294_967_295])
    #expect(try read(13, field: 11, [1 << 62]).integers() == [1 << 62])
    #expect(try read(13, field: 11, [-1]).doubles() == [0x1p64])
    #expect(throws: RepVGGError.self) { try read(13, field: 11, [-1]).integers() }
    #expect(throws: RepVGGError.self) { try read(2, field: 5, [256]).integers() }
    #expect(throws: RepVGGError.self) { try read(3, field: 5, [-129]).floats() }
    #expect(throws: RepVGGError.self) { try read(10, field: 5, [65536]).floats() }
    #expect(throws: RepVGGError.self) { try read(12, field: 11, [1 << 32]).floats() }
  }

  @Test func readsFloatsInOneListInSeveralAndOneByOne() throws {
    func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes(Array.init) }
    let one = try ONNXBytes.initializer { tensor in
      Self.begin(&tensor, 1, [3])
      tensor.bytes(4, bytes([Float(1), 2, 3]))
    }
    let several = try ONNXBytes.initializer { tensor in
      tensor.bytes(4, bytes([Float(1), 2]))
      Self.begin(&tensor, 1, [3])
      tensor.float(4, 3)
    }
    let doubles = try ONNXBytes.initializer { tensor in
      Self.begin(&tensor, 11, [3])
      for value in [0.1, 0.2, 0.3] { tensor.double(10, value) }
    }
    #expect(try one.floats() == [1, 2, 3])
    #expect(try several.floats() == [1, 2, 3])
    #expect(try several.doubles() == [1, 2, 3])
    #expect(try doubles.doubles() == [0.1, 0.2, 0.3])
    #expect(try doubles.floats() == [0.1, 0.2, 0.3])
  }

  @Test func readsScalarsAndTensorsWithoutElements() throws {
    let scalar = try ONNXBytes.initializer { tensor in
      Self.begin(&tensor, 7, [])
      tensor.integer(7, -3)
    }
    #expect(scalar.shape == [])
    #expect(try scalar.integers() == [-3])
    for field in [nil, 7, 9] {
      let empty = try ONNXBytes.initializer { tensor in
        Self.begin(&tensor, 7, [2, 0, 3])
        if let field { tensor.bytes(field, []) }
      }
      #expect(empty.shape == [2, 0, 3])
      #expect(try empty.integers() == [])
      #expect(try empty.floats() == [])
    }
  }

  @Test func fieldsWithoutContentDoNotCount() throws {
    let tensor = try ONNXBytes.initializer { tensor in
      tensor.bytes(9, [])
      tensor.bytes(4, [])
      Self.begin(&tensor, 7, [2])
      tensor.bytes(7, [])
      tensor.bytes(7, [5, 6])
    }
    #expect(try tensor.integers() == [5, 6])
    let attribute = try ONNXBytes.attribute { attribute in
      attribute.text(1, "a")
      attribute.text(21, "")
      attribute.integer(3, 7)
    }
    if case .int(7) = attribute?.value {} else { Issue.record("\(String(describing: attribute))") }
  }

  @Test func readsPackedDimensions() throws {
    let tensor = try ONNXBytes.initializer { tensor in
      tensor.bytes(1, Self.packed([2, 300]))
      Self.begin(&tensor, 2, [])
      tensor.bytes(9, [UInt8](repeating: 7, count: 600))
    }
    #expect(tensor.shape == [2, 300])
    #expect(try tensor.integers() == [Int64](repeating: 7, count: 600))
  }

  @Test(arguments: [8, 14, 15, 18, 20, 21, 22, 23, 24, 99] as [Int64])
  func refusesOtherTypesOnlyWhenElementsAreRead(_ type: Int64) throws {
    let tensor = try ONNXBytes.initializer { tensor in
      Self.begin(&tensor, type, [2])
      if type == 8 { tensor.text(6, "a") } else { tensor.bytes(9, [1, 2]) }
    }
    #expect(tensor.elementType == .unsupported)
    let error = #expect(throws: RepVGGError.self) { try tensor.floats() }
    #expect(error?.kind == .unsupported)
    #expect(error?.tensor == "w")
    #expect(error?.file == "x.onnx")
  }

  @Test func readsATensorAlone() throws {
    let bytes = WireBuilder.message { tensor in
      Self.begin(&tensor, 7, [2])
      tensor.bytes(7, Self.packed([5, -6]))
    }
    let tensor = try ONNXReader.tensor(ONNXBytes.file(bytes))
    #expect(tensor.name == "w")
    #expect(try tensor.integers() == [5, -6])
  }

  /// A tensor that contradicts itself, and what the error says.
  struct Contradiction: CustomTestStringConvertible, Sendable {
    let reason: String
    let build: @Sendable (inout WireBuilder) -> Void
    var testDescription: String { reason }
  }

  static let contradictions: [Contradiction] = [
    .init(reason: "takes 8 bytes, its raw_data holds 7") {
      begin(&$0, 1, [2])
      $0.bytes(9, [UInt8](repeating: 0, count: 7))
    },
    .init(reason: "takes 8 bytes, its raw_data holds 0") { begin(&$0, 1, [2]) },
    .init(reason: "has 1 elements, its shape [2] says 2") {
      begin(&$0, 1, [2])
      $0.float(4, 1)
    },
    .init(reason: "has 3 elements, its shape [2] says 2") {
      begin(&$0, 7, [2])
      $0.bytes(7, [1, 2, 3])
    },
    .init(reason: "is impossible") {
      begin(&$0, 1, [-1])
      $0.float(4, 1)
    },
    .init(reason: "is impossible") { begin(&$0, 1, [1 << 32, 1 << 32]) },
    .init(reason: "is impossible") { begin(&$0, 2, [1 << 62]) },
    .init(reason: "more than 32 dimensions") {
      begin(&$0, 1, [Int64](repeating: 1, count: 33))
    },
    .init(reason: "has its elements twice") {
      begin(&$0, 1, [1])
      $0.float(4, 1)
      $0.bytes(9, [0, 0, 0, 0])
    },
    .init(reason: "has its raw_data twice") {
      begin(&$0, 2, [1])
      $0.bytes(9, [1])
      $0.bytes(9, [1])
    },
    .init(reason: "in field 7") {
      begin(&$0, 1, [1])
      $0.integer(7, 1)
    },
    .init(reason: "list of numbers of 4 bytes") {
      begin(&$0, 1, [1])
      $0.bytes(4, [0, 0, 0, 0, 0])
    },
    .init(reason: "has its elements of float32 as strings") {
      begin(&$0, 1, [1])
      $0.text(6, "1")
    },
    .init(reason: "stored in segments") {
      begin(&$0, 1, [1])
      $0.bytes(3, [])
    },
    .init(reason: "has no element type") { begin(&$0, 0, [1]) },
    .init(reason: "data_location 2 is unknown") {
      begin(&$0, 1, [1])
      $0.integer(14, 2)
    },
    .init(reason: "field 9 is not bytes") {
      begin(&$0, 1, [1])
      $0.integer(9, 2)
    },
    .init(reason: "more than 64 bits") {
      begin(&$0, 7, [1])
      $0.bytes(7, [UInt8](repeating: 0x80, count: 9) + [2])
    },
    .init(reason: "leave their message") {
      begin(&$0, 7, [1])
      $0.bytes(7, [0x80])
    },
  ]

  @Test(arguments: contradictions)
  func refusesContradictionsByNameAndReason(_ contradiction: Contradiction) throws {
    let error = #expect(throws: RepVGGError.self) {
      try ONNXBytes.initializer(contradiction.build)
    }
    #expect(error?.file == "x.onnx")
    #expect(error?.tensor == "w")
    #expect(error?.reason.contains(contradiction.reason) == true, "\(String(describing: error))")
    #expect([.badData, .unsupported].contains(error?.kind))
  }

  @Test func convertsTensorsToReferenceAndBackExactly() throws {
    let integers = try ONNXBytes.initializer { tensor in
      Self.begin(&tensor, 7, [2, 1])
      tensor.bytes(7, Self.packed([.max, .min]))
    }
    let reference = try ReferenceTensor(integers)
    #expect(reference == ReferenceTensor(shape: [2, 1], integers: [.max, .min]))
    #expect(try Tensor(reference).integers() == [.max, .min])
    let real = ReferenceTensor(shape: [2], [0.1, 1e300])
    #expect(try Tensor(real, name: "r").doubles() == [0.1, 1e300])
    #expect(try Tensor(real).floats() == [0.1, .infinity])
    #expect(Tensor(real, name: "r").name == "r")
    #expect(try ReferenceTensor(Tensor(real)) == real)
    let bool = ReferenceTensor(shape: [2], integers: [0, 1], elementType: .bool)
    #expect(try ReferenceTensor(Tensor(bool)) == bool)
  }
}

import Glibc
import RepVGG
import TestSupport
import Testing

/// Damaged files: whatever was done to them, the result is an error that names the file, or
/// tensors that can be read whole.
@Suite struct MutationTests {
  /// Every way in which a file is damaged here.
  enum Damage: CaseIterable {
    case truncation, bitFlip, byteInStructure, extremeInteger, duplication, removal, zeros
  }

  static func damaged(
    _ original: [UInt8], by damage: Damage, structure: [Range<Int>],
    using generator: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = original
    // Where the format's own structure lies, a change does more than in the elements.
    let part = structure.randomElement(using: &generator) ?? 0..<bytes.count
    let place = Int.random(in: part, using: &generator)
    switch damage {
    case .truncation: bytes.removeSubrange(Int.random(in: 0..<bytes.count, using: &generator)...)
    case .bitFlip: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case .byteInStructure: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case .extremeInteger:
      let extremes: [UInt64] = [
        .max, 1 << 63, .max >> 1, 0, 1 << 32, 1 << 31, .max << 32, 0x7fff_ffff, 0xffff_ffff,
      ]
      let value = extremes.randomElement(using: &generator) ?? 0
      let width = [2, 4, 8].randomElement(using: &generator) ?? 4
      for index in 0..<width where place + index < bytes.count {
        bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (index % 8)))
      }
    case .duplication:
      let end = min(place + Int.random(in: 1...64, using: &generator), bytes.count)
      bytes.insert(contentsOf: bytes[place..<end], at: place)
    case .removal:
      let end = min(place + Int.random(in: 1...64, using: &generator), bytes.count)
      bytes.removeSubrange(place..<end)
    case .zeros:
      for index in place..<min(place + 16, bytes.count) { bytes[index] = 0 }
    }
    return bytes
  }

  /// Damages a file in many ways and reads every result whole.
  ///
  /// - Returns: How many reads gave an error.
  static func errorCount(
    _ name: String, count: Int, structure: ([UInt8]) -> [Range<Int>],
    read: (InputFile) throws(RepVGGError) -> [Tensor]
  ) throws -> Int {
    let original = try Fixture.bytes(name)
    let parts = structure(original)
    var generator = SeededGenerator(seed: UInt64(original.count))
    var errorCount = 0
    for index in 0..<count {
      let damage = Damage.allCases[index % Damage.allCases.count]
      let bytes = damaged(original, by: damage, structure: parts, using: &generator)
      do {
        let file = try bytes.withUnsafeBytes { try InputFile(copying: $0, path: "damaged") }
        for tensor in try read(file) {
          #expect(tensor.shape.allSatisfy { $0 >= 0 })
          #expect(try tensor.floats().count == tensor.count)
        }
      } catch let error as RepVGGError {
        errorCount += 1
        #expect(error.file == "damaged", "\(damage) \(index): \(error)")
        #expect(!error.reason.isEmpty)
      }
    }
    return errorCount
  }

  static func tensors(_ file: InputFile) throws(RepVGGError) -> [Tensor] {
    Array(try Checkpoint(parsing: file).tensors.values)
  }

  @Test(arguments: ["tiny", "timm-tiny-se", "repopt-tiny-hs"])
  func safetensors(_ family: String) throws {
    let errorCount = try Self.errorCount(
      "\(family)/train.safetensors", count: 210,
      structure: { bytes in
        let headerEnd = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
        return [0..<8, 8..<headerEnd, 8..<headerEnd, headerEnd - 20..<headerEnd]
      }, read: Self.tensors)
    #expect(errorCount > 100)
  }

  /// The pickle in an archive, and its directory.
  static func zipStructure(_ bytes: [UInt8]) -> [Range<Int>] {
    let pickle = 64..<3000
    let directory = bytes.count - 3000..<bytes.count
    return [pickle, pickle, directory, bytes.count - 22..<bytes.count, 0..<64]
  }

  @Test(arguments: [
    "tiny/train", "timm-tiny/deploy", "tiny-containers/parameters",
    "tiny-containers/state_dict-module-prefix", "tiny-containers/half",
  ])
  func torchZip(_ name: String) throws {
    let errorCount = try Self.errorCount(
      "\(name).pth", count: 210, structure: Self.zipStructure, read: Self.tensors)
    #expect(errorCount > 60)
  }

  @Test func torchLegacy() throws {
    let errorCount = try Self.errorCount(
      "tiny-containers/legacy-nonzip.pth", count: 420,
      structure: { bytes in [0..<200, 100..<2500, 100..<2500] }, read: Self.tensors)
    #expect(errorCount > 100)
  }

  @Test(arguments: ["logits_train", "logits_f64", "stage4_train"])
  func npy(_ name: String) throws {
    let errorCount = try Self.errorCount(
      "tiny/\(name).npy", count: 420, structure: { _ in [0..<10, 10..<80, 10..<128] },
      read: { file throws(RepVGGError) in [try NPYArray(parsing: file).tensor] })
    #expect(errorCount > 200)
  }

  /// Every length at which a file can end, for small files.
  @Test func everyTruncation() throws {
    let files: [[UInt8]] = [
      SafetensorsTests.file(
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: [1, 2, 3, 4]),
      ZipArchiveTests.good.bytes, ZipArchiveTests.changed { $0.usesZip64 = true }.bytes,
      TorchLegacyTests.file(TorchLegacyTests.tensor()),
    ]
    for bytes in files {
      _ = try SafetensorsTests.read(bytes)
      for length in 0..<bytes.count {
        #expect(throws: RepVGGError.self) { try SafetensorsTests.read(Array(bytes[..<length])) }
      }
    }
    let array = try Fixture.bytes("tiny/logits_train.npy")
    for length in 0..<array.count {
      #expect(throws: RepVGGError.self) { try NPYTests.read(Array(array[..<length])) }
    }
  }

  /// Every single bit of the structure of a small file.
  @Test func everyBitFlip() throws {
    for original in [ZipArchiveTests.good.bytes, TorchLegacyTests.file(TorchLegacyTests.tensor())] {
      var bytes = original
      for index in bytes.indices {
        for bit in 0..<8 {
          bytes[index] ^= 1 << bit
          do throws(RepVGGError) {
            for tensor in try SafetensorsTests.read(bytes).tensors.values {
              #expect(try tensor.floats().count == tensor.count)
            }
          } catch {
            #expect(error.file != nil)
          }
          bytes[index] = original[index]
        }
      }
    }
  }
}

import Foundation
import RepVGG
import TestSupport
import Testing

@Suite struct TorchFixtureTests {
  /// Names and shapes of one section of a fixture's list.
  static func listed(_ family: String, _ section: String) throws -> [String: [Int]] {
    let text = try String(contentsOfFile: Fixture.path("\(family)/keys.txt"), encoding: .utf8)
    var shapes: [String: [Int]] = [:]
    var isWanted = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("#") {
        isWanted = line == "# \(section)"
      } else if isWanted {
        let columns = line.split(separator: "\t")
        shapes[String(columns[0])] = columns[2].split { !$0.isNumber }.compactMap { Int($0) }
      }
    }
    return shapes
  }

  static func expectEqual(_ left: [String: Tensor], _ right: [String: Tensor]) throws {
    #expect(left.keys.sorted() == right.keys.sorted())
    for (name, tensor) in left {
      #expect(tensor.shape == right[name]?.shape, "\(name)")
      #expect(tensor.elementType == right[name]?.elementType, "\(name)")
      #expect(try tensor.doubles() == right[name]?.doubles(), "\(name)")
    }
  }

  @Test(arguments: SafetensorsTests.families)
  func givesTheTensorsOfTheSafetensorsTwin(_ family: String) throws {
    let checkpoint = try Checkpoint(contentsOf: Fixture.path("\(family)/train.pth"))
    #expect(checkpoint.format == .torchZip)
    let twin = try Checkpoint(contentsOf: Fixture.path("\(family)/train.safetensors"))
    try Self.expectEqual(checkpoint.tensors, twin.tensors)
    #expect(try Self.listed(family, "train") == checkpoint.tensors.mapValues(\.shape))
  }

  @Test(arguments: SafetensorsTests.families.filter { !$0.hasPrefix("repopt") })
  func readsEveryDeployForm(_ family: String) throws {
    let checkpoint = try Checkpoint(contentsOf: Fixture.path("\(family)/deploy.pth"))
    #expect(try Self.listed(family, "deploy") == checkpoint.tensors.mapValues(\.shape))
  }

  @Test(arguments: [
    ("legacy-nonzip", "", Checkpoint.Format.torchLegacy), ("model-wrapped", "model.", .torchZip),
    ("state_dict-module-prefix", "state_dict.module.", .torchZip), ("parameters", "", .torchZip),
    ("half", "", .torchZip),
  ])
  func readsEveryContainer(
    _ name: String, _ prefix: String, _ format: Checkpoint.Format
  ) throws {
    let checkpoint = try Checkpoint(contentsOf: Fixture.path("tiny-containers/\(name).pth"))
    #expect(checkpoint.format == format)
    let plain = try Checkpoint(contentsOf: Fixture.path("tiny/deploy.pth")).tensors
    if name == "half" {
      #expect(checkpoint.tensors.keys.sorted() == plain.keys.sorted())
      for (key, tensor) in checkpoint.tensors {
        #expect(tensor.elementType == .float16)
        #expect(try tensor.floats() == plain[key]?.floats().map { Float(Float16($0)) }, "\(key)")
      }
    } else {
      let unwrapped = checkpoint.tensors.map { key, tensor in
        (key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : "?" + key, tensor)
      }
      try Self.expectEqual(Dictionary(uniqueKeysWithValues: unwrapped), plain)
    }
  }
}

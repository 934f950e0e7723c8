import Glibc
import RepVGG

/// What an `rvg_model` stands for: a network and the plans made of it.
final class LoadedModel: Sendable {
  let plans: PlanCache
  let architectureName: CText
  let familyName: CText
  let groupName: CText

  var network: Network { plans.network }

  init(path: String, options: NetworkOptions) throws {
    let network = try Network(contentsOf: path, options: options)
    plans = PlanCache(network)
    architectureName = try CText(network.origin.architecture)
    familyName = try CText(network.origin.family.rawValue)
    groupName = try CText(network.origin.group)
  }

  /// The shape of images for the network.
  func input(batch: Int64, height: Int64, width: Int64) throws -> InputShape {
    try InputShape(
      batch: Int(batch), channels: network.inputChannels, height: Int(height), width: Int(width))
  }
}

/// A text in C's form, for as long as the object lives.
final class CText: Sendable {
  nonisolated(unsafe) let pointer: UnsafePointer<CChar>

  init(_ text: String) throws {
    guard let copy = strdup(text) else {
      throw RepVGGError(.outOfMemory, "the system has no memory left")
    }
    pointer = UnsafePointer(copy)
  }

  deinit { free(UnsafeMutablePointer(mutating: pointer)) }
}

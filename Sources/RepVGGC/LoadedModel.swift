import Glibc
import RepVGG
import Synchronization

/// What an `rvg_model` stands for: a network and the plans made of it that sessions still use.
final class LoadedModel: Sendable {
  private struct PlanKey: Hashable {
    let input: InputShape
    let options: PlanOptions
  }

  private struct WeakPlan {
    weak var plan: Plan?
  }

  let network: Network
  let architectureName: CText
  let familyName: CText
  let groupName: CText
  private let plans = Mutex<[PlanKey: WeakPlan]>([:])

  init(path: String, options: NetworkOptions) throws {
    network = try Network(contentsOf: path, options: options)
    architectureName = try CText(network.origin.architecture)
    familyName = try CText(network.origin.family.rawValue)
    groupName = try CText(network.origin.group)
  }

  /// The plan for a shape: the one that sessions use already, or a new one.
  ///
  /// Threads that ask for plans of one model at the same time wait for each other.
  func plan(_ input: InputShape, _ options: PlanOptions) throws -> Plan {
    let key = PlanKey(input: input, options: options)
    return try plans.withLock { plans in
      if let plan = plans[key]?.plan { return plan }
      plans = plans.filter { $0.value.plan != nil }
      let plan = try Plan(network, input: input, options: options)
      plans[key] = WeakPlan(plan: plan)
      return plan
    }
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

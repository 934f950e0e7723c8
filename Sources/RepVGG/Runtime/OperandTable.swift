/// Where the operands of every step are in one session's memory.
///
/// Only the addresses of the caller's buffers change, from run to run.
struct OperandTable: ~Copyable {
  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
  /// Where each step's operands start, those read before those written.
  private let firstOperands: [Int]
  private let inputs: [Int]
  private let outputs: [Int]

  /// The operands of a plan's steps; input and output are set before each run.
  init(
    _ plan: Plan, arena: UnsafeMutableRawPointer, features: UnsafeMutableRawPointer
  ) {
    var places: [UnsafeMutableRawPointer] = []
    var firstOperands: [Int] = []
    var inputs: [Int] = []
    var outputs: [Int] = []
    for step in plan.steps {
      firstOperands.append(places.count)
      for value in step.reads + step.writes {
        switch plan.values[value.index].place {
        case .arena: places.append(arena + plan.arenaOffsets[value.index])
        case .features(let offset): places.append(features + offset)
        case .input:
          inputs.append(places.count)
          places.append(arena)
        case .output:
          outputs.append(places.count)
          places.append(arena)
        }
      }
    }
    addresses = .allocate(capacity: places.count)
    addresses.initialize(from: places, count: places.count)
    self.firstOperands = firstOperands
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Sets the caller's buffers of the next run.
  func set(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    for index in inputs { addresses[index] = UnsafeMutableRawPointer(mutating: input) }
    for index in outputs { addresses[index] = UnsafeMutableRawPointer(output) }
  }

  /// The operands of a step, those read before those written.
  subscript(step: Int) -> Frame.Operands { Frame.Operands(addresses + firstOperands[step]) }

  deinit { addresses.deallocate() }
}

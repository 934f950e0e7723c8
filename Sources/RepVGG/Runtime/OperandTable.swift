/// Where the operands of every step are in one session's memory.
///
/// Only the addresses of the caller's buffers change, from run to run.
struct OperandTable: ~Copyable {
  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
  /// Where each step's operands start, those read before those written.
  private let firstOperands: [Int]
  /// Operands in the caller's buffers, and their offsets in bytes.
  private let inputs: [(operand: Int, offset: Int)]
  private let outputs: [(operand: Int, offset: Int)]

  /// The operands of a plan's steps; input and output are set before each run.
  init(
    _ plan: Plan, arena: UnsafeMutableRawPointer, features: UnsafeMutableRawPointer
  ) {
    var places: [UnsafeMutableRawPointer] = []
    var firstOperands: [Int] = []
    var inputs: [(operand: Int, offset: Int)] = []
    var outputs: [(operand: Int, offset: Int)] = []
    for step in plan.steps {
      firstOperands.append(places.count)
      for value in step.reads + step.writes {
        var (value, offset) = (value, 0)
        while case .part(let whole, let byteOffset) = plan.values[value.index].place {
          (value, offset) = (whole, offset + byteOffset)
        }
        switch plan.values[value.index].place {
        case .arena: places.append(arena + plan.arenaOffsets[value.index] + offset)
        case .features(let start): places.append(features + start + offset)
        case .weights(let start):
          places.append(plan.packedWeights.address(start + offset) ?? arena)
        case .input:
          inputs.append((places.count, offset))
          places.append(arena)
        case .output:
          outputs.append((places.count, offset))
          places.append(arena)
        case .part: preconditionFailure("a part of a value is in the memory of the whole")
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
    for (operand, offset) in inputs {
      addresses[operand] = UnsafeMutableRawPointer(mutating: input) + offset
    }
    for (operand, offset) in outputs {
      addresses[operand] = UnsafeMutableRawPointer(output) + offset
    }
  }

  /// The operands of a step, those read before those written.
  subscript(step: Int) -> Frame.Operands { Frame.Operands(addresses + firstOperands[step]) }

  deinit { addresses.deallocate() }
}

import CKernels
import RepVGG
import TestSupport
import Testing

/// The vector functions against Double over all of Float32.
@Suite struct ActivationKernelTests {
  /// Between two bit patterns of the sweep; a prime, so that every range of the exponent is met.
  private static let patternStride: UInt32 = 8_191

  private static let patterns: [UInt32] = {
    var patterns = Array(stride(from: 0, to: UInt32.max - patternStride, by: Int(patternStride)))
    for special: Float in [
      0, -0.0, .infinity, .nan, .leastNonzeroMagnitude, .leastNormalMagnitude,
      .greatestFiniteMagnitude, 1, 3, 6, 88.72284, 88.72283, 87.33655, 103.97208, 17.32868, 14.5,
      0.5, 1e-8,
    ] {
      patterns += [special.bitPattern, (-special).bitPattern]
      patterns += [special.nextUp.bitPattern, (-special.nextUp).bitPattern]
    }
    return patterns
  }()

  /// The distance between neighbours at a value; of a subnormal one, the smallest there is.
  private static func unit(_ value: Double) -> Double {
    value == 0
      ? 0x1p-149 : max(0x1p-149, Double(sign: .plus, exponent: value.exponent - 23, significand: 1))
  }

  @Test(arguments: Kernels.reachable, ActivationCase.plain)
  func isWithinItsBoundOverAllOfFloat32(kernels: Kernels, function: ActivationCase) {
    let patterns = Self.patterns
    let values = GuardedBuffer(patterns.map(Float.init(bitPattern:)))
    var activation = function.task
    kernels.table.pointee.activate(
      &activation, values.start, 1, values.count, Int32(values.count))
    #expect(values.guardsAreIntact == true)
    var worst = (error: 0.0, argument: Float(0))
    for (index, pattern) in patterns.enumerated() {
      let argument = Float(bitPattern: pattern)
      let value = values.start[index]
      guard !argument.isNaN else {
        if !value.isNaN { worst = (.infinity, argument) }
        continue
      }
      let expected = function.function(Double(argument))
      if Double(Float(expected)).isInfinite {
        if value != Float(expected) { worst = (.infinity, argument) }
        continue
      }
      let isSubnormal = abs(expected) < Double(Float.leastNormalMagnitude)
      let unit = isSubnormal ? 0x1p-149 : Self.unit(expected)
      var error = abs(Double(value) - expected) / unit - (isSubnormal ? 0.5 : 0)
      if function.kind == RVGK_ACTIVATION_HARD_SIGMOID {
        error = abs(Double(value) - expected) / 0x1p-24
      }
      if !(error <= worst.error) { worst = (error, argument) }
    }
    print("\(function.testDescription) at \(kernels.name): \(worst.error) at \(worst.argument)")
    // Rounding to the nearest costs half a unit, where anything is rounded at all.
    #expect(worst.error <= function.error, "at \(worst.argument)")
    #expect(function.error <= 1 || worst.error > 0.5, "the bound is not tested")
  }

  @Test(arguments: Kernels.reachable, ActivationCase.all)
  func appliesToColumnsOnly(kernels: Kernels, function: ActivationCase) {
    for columns in [1, 3, 4, 8, 17, 31] {
      let (rows, rowStride) = (3, 37)
      var random = SeededGenerator(seed: UInt64(columns))
      let source = random.floats(rows * rowStride).map { $0 * 8 }
      let values = GuardedBuffer(source)
      var activation = function.task
      kernels.table.pointee.activate(
        &activation, values.start, Int32(rows), rowStride, Int32(columns))
      #expect(values.guardsAreIntact == true)
      for place in source.indices {
        let argument = Double(source[place])
        if place % rowStride < columns {
          let error = abs(Double(values.start[place]) - function.function(argument))
          #expect(error <= function.bound(argument, error: 0), "\(argument), \(columns) columns")
        } else {
          #expect(values.start[place] == source[place], "wrote outside of the columns")
        }
      }
    }
  }

  @Test(arguments: Kernels.reachable)
  func takesASlopeForEachChannel(kernels: Kernels) {
    let (rows, columns) = (2, 21)
    var random = SeededGenerator(seed: 5)
    let source = random.floats(rows * columns)
    let slopes = GuardedBuffer(random.floats(columns))
    let values = GuardedBuffer(source)
    var activation = rvgk_activation(
      kind: RVGK_ACTIVATION_PRELU, a: .nan, b: .nan, scale: 1, shift: 0, slopes: slopes.start)
    kernels.table.pointee.activate(
      &activation, values.start, Int32(rows), columns, Int32(columns))
    #expect(values.guardsAreIntact == true)
    for place in source.indices {
      let x = source[place]
      #expect(values.start[place] == (x < 0 ? x * slopes.start[place % columns] : x))
    }
  }

  @Test(arguments: Kernels.reachable)
  func keepsTheSignsOfZerosWhereNothingFollows(kernels: Kernels) {
    let values = GuardedBuffer([-0.0, 0, -.infinity, .infinity])
    var activation = rvgk_activation(
      kind: RVGK_ACTIVATION_SILU, a: 0, b: 0, scale: 1, shift: 0, slopes: nil)
    kernels.table.pointee.activate(&activation, values.start, 1, 4, 4)
    #expect(values.elements.map(\.sign) == [.minus, .plus, .minus, .plus])
    #expect(values.elements == [0, 0, 0, .infinity])
  }
}

import RepVGG
import Testing

struct SpatialOperationTests {
  private let image = TensorFacts(
    elementType: .float32,
    dimensions: [.symbol("batch"), .fixed(3), .symbol("height"), .fixed(20)])

  private func weights(_ shape: [Int]) -> TensorFacts {
    TensorFacts(elementType: .float32, dimensions: shape.map { .fixed($0) })
  }

  @Test("A convolution that keeps the size keeps the symbol, one of a stride does not")
  func convolutionFacts() throws {
    let same = ConvolutionOperation(window: SpatialWindow(pads: [1, 1, 1, 1]))
    #expect(
      try same.facts(of: [image, weights([8, 3, 3, 3])]).dimensions
        == [.symbol("batch"), .fixed(8), .symbol("height"), .fixed(20)])
    let halved = ConvolutionOperation(window: SpatialWindow(strides: [2, 2], pads: [1, 1, 1, 1]))
    #expect(
      try halved.facts(of: [image, weights([8, 3, 3, 3])]).dimensions
        == [.symbol("batch"), .fixed(8), .unknown, .fixed(10)])
    let automatic = ConvolutionOperation(
      window: SpatialWindow(strides: [1, 3], padding: .sameUpper))
    #expect(
      try automatic.facts(of: [image, weights([8, 3, 5, 4])]).dimensions
        == [.symbol("batch"), .fixed(8), .symbol("height"), .fixed(7)])
    #expect(throws: RepVGGError.self) { try same.facts(of: [image, weights([8, 4, 3, 3])]) }
    #expect(throws: RepVGGError.self) { try same.facts(of: [image, weights([8, 3, 3])]) }
    #expect(throws: RepVGGError.self) { try same.facts(of: [image, weights([8, 3, 3, 99])]) }
  }

  @Test("Pools, transposed convolutions and resizes know what follows from known sizes")
  func otherFacts() throws {
    let pool = PoolOperation(.maximum, window: SpatialWindow(kernel: [2, 2], strides: [2, 2]))
    #expect(
      try pool.facts(of: [image]).dimensions
        == [.symbol("batch"), .fixed(3), .unknown, .fixed(10)])
    let transposed = TransposedConvolutionOperation(window: SpatialWindow(strides: [2, 2]))
    #expect(
      try transposed.facts(of: [image, weights([3, 5, 2, 2])]).dimensions
        == [.symbol("batch"), .fixed(5), .unknown, .fixed(40)])
    let doubled = ResizeOperation(
      interpolation: .linear, coordinates: .halfPixel, scales: [1, 1, 2, 2])
    #expect(
      try doubled.facts(of: [image]).dimensions
        == [.symbol("batch"), .fixed(3), .unknown, .fixed(40)])
    let sizes = TensorFacts(
      elementType: .int64, dimensions: [.fixed(4)],
      elements: [.symbol("batch"), .fixed(3), .symbol("other"), .fixed(7)])
    let sized = ResizeOperation(interpolation: .linear, coordinates: .halfPixel)
    #expect(try sized.facts(of: [image, nil, sizes]).dimensions == sizes.elements)
    #expect(
      try GlobalPoolOperation(.average).facts(of: [image]).dimensions
        == [.symbol("batch"), .fixed(3), .fixed(1), .fixed(1)])
  }

  @Test("A transposed convolution is the adjoint of the convolution", arguments: [1, 2])
  func adjoint(groups: Int) throws {
    let window = SpatialWindow(strides: [2, 1], dilations: [1, 2], pads: [1, 0, 0, 2])
    func tensor(_ shape: [Int]) -> ReferenceTensor {
      ReferenceTensor(
        shape: shape, (0..<shape.reduce(1, *)).map { Double($0 * 7919 % 101) / 50 - 1 })
    }
    let images = tensor([2, 4, 8, 9])
    let weights = tensor([6, 4 / groups, 3, 2])
    let forward = try ConvolutionOperation(window: window, groupCount: groups).evaluated(
      on: [images, weights])
    let other = tensor(forward.shape)
    // One row of the input may be unused by the stride.
    let back = try TransposedConvolutionOperation(
      window: window, groupCount: groups,
      outputPadding: [(8 + 1 - 3) % 2, 0]
    ).evaluated(on: [other, weights])
    #expect(back.shape == images.shape)
    func product(_ a: ReferenceTensor, _ b: ReferenceTensor) throws -> Double {
      try zip(#require(a.reals), #require(b.reals)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(try abs(product(forward, other) - product(images, back)) < 1e-10)
  }

  @Test(
    "Windows whose numbers are out of range are refused",
    arguments: [Int64.min, -1, 0, 1 << 40, .max])
  func hostileWindows(value: Int64) {
    for name in ["kernel_shape", "strides", "dilations", "pads", "output_padding", "output_shape"] {
      for type in ["Conv", "ConvTranspose", "MaxPool", "AveragePool"] {
        var attributes = [ONNXAttribute(name, .ints([value, value]))]
        if name != "kernel_shape" { attributes.append(.init("kernel_shape", .ints([3, 3]))) }
        let node = ONNXNode(type: type, inputs: ["a", "b"], outputs: ["c"], attributes: attributes)
        let tensor = ReferenceTensor(shape: [1, 1, 3, 3], [Double](repeating: 1, count: 9))
        guard
          let read = try? TensorOperations.read(
            ONNXOperator(node, opset: 17, constants: [nil, nil]))
        else { continue }
        let result = try? read[0].operation.evaluated(on: [tensor, tensor])
        #expect(result == nil || result?.reals?.count == result?.count)
      }
    }
  }

  @Test("Work and results beyond the limits are refused at once")
  func limits() {
    let line = ReferenceTensor(shape: [1, 1, 1 << 20], [Double](repeating: 1, count: 1 << 20))
    let pool = PoolOperation(
      .maximum, window: SpatialWindow(kernel: [1 << 20], pads: [1 << 20, 1 << 20]))
    #expect(throws: RepVGGError.self) { try pool.evaluated(on: [line]) }
    #expect(throws: RepVGGError.self) {
      try ConvolutionOperation(window: SpatialWindow(pads: [1 << 19, 1 << 19])).evaluated(
        on: [line, line])
    }
    let square = ReferenceTensor(shape: [1 << 10, 1 << 10], [Double](repeating: 1, count: 1 << 20))
    #expect(throws: RepVGGError.self) {
      try EinsumOperation("ab,cd,ef->a")?.evaluated(on: [square, square, square])
    }
    let resize = ResizeOperation(
      interpolation: .linear, coordinates: .halfPixel, scales: [1e6, 1e6])
    #expect(throws: RepVGGError.self) { try resize.evaluated(on: [square]) }
    for scale in [Float.nan, .infinity, -1, 0, 1e38] {
      let resize = ResizeOperation(
        interpolation: .linear, coordinates: .halfPixel, scales: [1, scale])
      #expect(throws: RepVGGError.self, "\(scale)") { try resize.evaluated(on: [square]) }
    }
  }

  @Test("A convolution of 100 channels at 64 by 64 pixels takes some seconds at most")
  func speed() throws {
    let images = ReferenceTensor(
      shape: [1, 100, 64, 64], [Double](repeating: 1, count: 100 * 64 * 64))
    let weights = ReferenceTensor(
      shape: [100, 100, 3, 3], [Double](repeating: 1, count: 100 * 100 * 9))
    let clock = ContinuousClock()
    let duration = try clock.measure {
      let result = try ConvolutionOperation(window: SpatialWindow(pads: [1, 1, 1, 1])).evaluated(
        on: [images, weights])
      #expect(result.reals?.max() == 900)
      #expect(result.reals?.first == 400)
    }
    #expect(duration < .seconds(60))
  }
}

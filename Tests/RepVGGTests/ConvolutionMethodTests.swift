import RepVGG
import Testing

/// A method is all that planning needs to know of an algorithm.
@Suite struct ConvolutionMethodTests {
  /// An algorithm that nothing but this file knows: direct convolution that claims to be free where
  /// the edge is even.
  private struct EvenMethod: ConvolutionMethod {
    static let name = "even"
    static let isExact = true
    var lines = 1

    private var direct: DirectMethod {
      DirectMethod(
        panelWidth: Kernels.selected.preferredPanel, depthBlock: 64, linesPerChunk: lines,
        split: .pixels)
    }

    static func candidates(for layer: ConvolutionLayer, on machine: Machine) -> [EvenMethod] {
      [1, 2].map { EvenMethod(lines: $0) }
    }

    func check(_ layer: ConvolutionLayer, kernels: Kernels) throws(RepVGGError) {
      guard layer.shape.destination.height % 2 == 0 else {
        throw RepVGGError(.unsupported, "the height is odd")
      }
      try direct.check(layer, kernels: kernels)
    }

    func work(of layer: ConvolutionLayer, kernels: Kernels) -> LayerWork {
      var work = LayerWork(layer, split: .pixels, multiplier: .sgemm)
      work.callCount = Double(10 - lines)
      return work
    }

    func plan(
      _ layer: ConvolutionLayer, kernels: Kernels
    ) throws(RepVGGError) -> any ConvolutionAlgorithm {
      try direct.plan(layer, kernels: kernels)
    }

    static let parameters = [MethodParameter("lines", \Self.lines)]
    var kind: String { Self.name }
    var summary: String { "\(Self.name), \(lines) lines" }
  }

  private static let methods: [any ConvolutionMethod.Type] =
    [EvenMethod.self] + convolutionMethods

  private func layer(edge: Int, channels: Int = 32, kernelSize: Int = 3) -> ConvolutionLayer {
    let layout = ActivationLayout(batch: 1, height: edge, width: edge, channels: channels)
    return ConvolutionLayer(
      shape: ConvolutionShape(
        source: layout, destination: layout, kernelSize: kernelSize, stride: 1, groups: 1))
  }

  @Test func aNewMethodIsPricedAndPlannedByItsFileAlone() throws {
    let planner = ConvolutionPlanner(options: PlanOptions(), methods: Self.methods)
    let layers = [layer(edge: 8), layer(edge: 7), layer(edge: 8)]
    let chosen = try planner.choices(layers)
    #expect(chosen[0] == ConvolutionChoice(EvenMethod(lines: 2)))
    #expect(chosen[1].method is WinogradMethod)
    #expect(chosen[2] == chosen[0])
    #expect(try planner.algorithms(layers).map(\.name)[0] == "direct")
    let line = chosen[0].line
    #expect(line == "even lines=2")
    #expect(ConvolutionChoice(line: line, methods: Self.methods) == chosen[0])
    #expect(ConvolutionChoice(line: line) == nil)
  }

  @Test func aNewMethodTakesPartUnderEveryPolicy() throws {
    for policy in Policy.allCases {
      let planner = ConvolutionPlanner(options: PlanOptions(policy: policy), methods: Self.methods)
      #expect(try planner.choices([layer(edge: 8)])[0].method is EvenMethod, "\(policy)")
    }
    let direct = ConvolutionPlanner(
      options: PlanOptions(algorithm: .direct), methods: Self.methods)
    #expect(try direct.choices([layer(edge: 8)])[0].method is DirectMethod)
  }

  /// A choice that is given is taken, and what is equal is planned once.
  @Test func givenChoicesComeBeforeOthers() throws {
    let planner = ConvolutionPlanner(options: PlanOptions())
    let (even, odd) = (layer(edge: 8), layer(edge: 7))
    let given = ConvolutionChoice(
      DirectMethod(
        panelWidth: Kernels.selected.preferredPanel, depthBlock: 64, linesPerChunk: 3,
        split: .pixels))
    let names = try planner.algorithms([even, odd, even], given: [even: given]).map(\.name)
    #expect(names[0] == "direct" && names[2] == "direct")
    #expect(names[1].hasPrefix("winograd"))
  }

  @Test func aLayerThatNoMethodDoesIsRefusedWithAReason() {
    let source = ActivationLayout(batch: 1, height: 8, width: 8, channels: 32)
    let other = ActivationLayout(batch: 1, height: 5, width: 8, channels: 32)
    let impossible = ConvolutionLayer(
      shape: ConvolutionShape(
        source: source, destination: other, kernelSize: 3, stride: 1, groups: 1))
    for algorithm in Algorithm.allCases {
      let planner = ConvolutionPlanner(options: PlanOptions(algorithm: algorithm))
      let error = #expect(throws: RepVGGError.self) { try planner.choices([impossible]) }
      #expect(error?.kind == .invalidArgument)
    }
  }

  /// What planning believes of packed weights is what packing takes, but for panels' padding.
  @Test func packedBytesAreWhatIsPacked() throws {
    let planner = ConvolutionPlanner(options: PlanOptions())
    for kernelSize in [1, 3] {
      // Panels of whole registers at every level.
      let layer = layer(edge: 14, channels: 192, kernelSize: kernelSize)
      var byteCounts: Set<Int> = []
      for choice in try planner.candidates(layer) {
        let algorithm = try choice.plan(layer, kernels: planner.machine.kernels)
        let byteCount = choice.method.packedByteCount(of: layer)
        #expect(4 * algorithm.packedElementCount == byteCount, "\(choice.line)")
        byteCounts.insert(byteCount)
      }
      #expect(kernelSize == 1 ? byteCounts.count == 1 : byteCounts.count > 3)
    }
  }

  /// The predicate agrees with planning, which makes the tables.
  @Test func whatIsAcceptedCanBePlanned() throws {
    let layers = [
      layer(edge: 9), layer(edge: 9, kernelSize: 1), layer(edge: 9, channels: 3), layer(edge: 1),
    ]
    let machine = Machine.current
    for layer in layers {
      for type in convolutionMethods {
        for method in type.candidates(for: layer, on: machine) {
          let isAccepted = method.accepts(layer, kernels: machine.kernels)
          let algorithm = try? method.plan(layer, kernels: machine.kernels)
          #expect(isAccepted == (algorithm != nil), "\(ConvolutionChoice(method).line)")
        }
      }
    }
  }
}

/// How one convolution layer is computed: the algorithm with its parameters.
package enum LayerChoice: Sendable, Hashable {
  case winograd(WinogradConvolution.Options)
  case direct(DirectConvolution.Options)
  case im2col

  /// A choice that every layer accepts, for learning what layers a plan has.
  static let anyDirect = LayerChoice.direct(
    DirectConvolution.Options(
      panelWidth: Kernels.selected.preferredPanel, depthBlock: 256, linesPerChunk: 1,
      split: .pixels, prefetchDistanceByteCount: 0))

  /// Refuses what ``algorithm(shape:epilogue:workerCount:)`` refuses, without its tables.
  ///
  /// - Throws: `unsupported` or `invalidArgument`.
  func check(
    shape: ConvolutionShape, epilogue: ConvolutionEpilogue, workerCount: Int,
    kernels: Kernels = .selected
  ) throws(RepVGGError) {
    guard case .winograd(let options) = self else {
      _ = try algorithm(
        shape: shape, epilogue: epilogue, workerCount: workerCount, kernels: kernels)
      return
    }
    _ = try WinogradConvolution.checkedPlan(
      shape: shape, epilogue: epilogue, options: options, workerCount: workerCount,
      kernels: kernels)
  }

  /// The algorithm for a layer.
  ///
  /// - Throws: `unsupported` or `invalidArgument` where the algorithm refuses the layer.
  package func algorithm(
    shape: ConvolutionShape, epilogue: ConvolutionEpilogue, workerCount: Int,
    kernels: Kernels = .selected
  ) throws(RepVGGError) -> any ConvolutionAlgorithm {
    switch self {
    case .winograd(let options):
      try WinogradConvolution(
        shape: shape, epilogue: epilogue, options: options, workerCount: workerCount,
        kernels: kernels)
    case .direct(let options):
      try DirectConvolution(
        shape: shape, epilogue: epilogue, options: options, kernels: kernels)
    case .im2col: try Im2ColConvolution(shape: shape, epilogue: epilogue)
    }
  }
}

/// A convolution layer of a plan that is to be chosen for.
package struct LayerRequest: Sendable, Hashable {
  /// The step's name, unique in the plan.
  package let name: String
  package let shape: ConvolutionShape
  package let epilogue: ConvolutionEpilogue
  /// Workers that share the layer: one where it is run image by image.
  package let workerCount: Int

  /// What the layer's candidates and costs depend on: the same for layers that differ by name only.
  struct Geometry: Hashable {
    let shape: ConvolutionShape
    let epilogue: ConvolutionEpilogue
    let workerCount: Int
  }

  var geometry: Geometry {
    Geometry(shape: shape, epilogue: epilogue, workerCount: workerCount)
  }
}

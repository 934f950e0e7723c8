import Synchronization

/// Kernel and bias of a block, merged when the first of them is read.
///
/// A kernel is given away and merged again if it is read twice: all of them together would need as much
/// memory as the file.
final class MergedTensors: Sendable {
  let block: ReparameterizableBlock
  let geometry: ConvolutionGeometry
  private let state = Mutex<State>(State())

  private struct State {
    var kernel: [Float]?
    var bias: [Float]?
  }

  /// - Throws: What a block throws that is no convolution, from shapes alone.
  init(_ block: ReparameterizableBlock) throws(RepVGGError) {
    self.block = block
    geometry = try block.expression.geometry(inputChannels: block.inputChannels)
  }

  /// The kernel, a matrix where the block is a linear layer.
  func weight(named name: String) -> Tensor {
    let shape = geometry.kernelShape
    return Tensor(
      shape: block.isMatrix ? Array(shape.prefix(2)) : shape,
      source: Source(tensors: self, isBias: false), name: name)
  }

  func bias(named name: String) -> Tensor {
    Tensor(
      shape: [geometry.outputChannels], source: Source(tensors: self, isBias: true), name: name)
  }

  private func elements(isBias: Bool) throws(RepVGGError) -> [Float] {
    let stored = state.withLock { state -> [Float]? in
      guard !isBias else { return state.bias }
      defer { state.kernel = nil }
      return state.kernel
    }
    if let stored { return stored }
    let environment = FloatingPointEnvironment.enter()
    defer { FloatingPointEnvironment.leave(environment) }
    let (kernel, bias) = try block.expression.merged(inputChannels: block.inputChannels)
    state.withLock {
      $0.bias = bias
      if isBias { $0.kernel = kernel }
    }
    return isBias ? bias : kernel
  }

  private struct Source: TensorSource {
    let tensors: MergedTensors
    let isBias: Bool
    var elementType: ElementType { .float32 }
    func floats(count: Int) throws(RepVGGError) -> [Float] {
      try tensors.elements(isBias: isBias)
    }
  }
}

extension LayerRequest {
  /// A layer outside of any network, as experiments and gates plan it.
  package init(
    named name: String, shape: ConvolutionShape, epilogue: ConvolutionEpilogue,
    workerCount: Int = 1
  ) {
    self.init(name: name, shape: shape, epilogue: epilogue, workerCount: workerCount)
  }
}

extension LayerRequest {
  /// A layer outside of any network, as experiments and gates plan it.
  package init(named name: String, shape: ConvolutionShape, epilogue: ConvolutionEpilogue) {
    self.init(name: name, shape: shape, epilogue: epilogue)
  }
}

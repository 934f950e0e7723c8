extension ConvolutionLayer {
  /// The layer in words, by which tuned choices are stored.
  ///
  ///     kernel=3x3 stride=2 groups=1 batch=1 source=224x224x3/3 destination=112x112x48/48
  ///     epilogue=relu workers=1
  ///
  /// Sizes are height, width, channels, and floats from one pixel to the next.
  package var line: String {
    func size(_ layout: ActivationLayout) -> String {
      "\(layout.height)x\(layout.width)x\(layout.channels)/\(layout.pixelStride)"
    }
    let epilogue = [
      (epilogue.accumulates, "accumulate"), (epilogue.addsScaledIdentity, "identity"),
      (epilogue.appliesReLU, "relu"),
    ].filter(\.0).map(\.1)
    return [
      "kernel=\(shape.kernelSize)x\(shape.kernelSize)", "stride=\(shape.stride)",
      "groups=\(shape.groups)", "batch=\(shape.source.batch)", "source=\(size(shape.source))",
      "destination=\(size(shape.destination))",
      "epilogue=\(epilogue.isEmpty ? "none" : epilogue.joined(separator: "+"))",
      "workers=\(workerCount)",
    ].joined(separator: " ")
  }
}

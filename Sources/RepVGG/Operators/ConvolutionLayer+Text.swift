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
    let epilogue =
      [
        (epilogue.accumulates, "accumulate"), (epilogue.addsScaledIdentity, "identity"),
      ].filter(\.0).map(\.1) + (epilogue.activation.map { [$0.text] } ?? [])
    var words = [
      "kernel=\(shape.kernelSize.height)x\(shape.kernelSize.width)", "stride=\(shape.stride)",
    ]
    // What most layers share is left out.
    let isCentred = shape.kernelSize.isSquare && shape.isCentred(side: shape.kernelSize.height)
    if shape.dilation != 1 { words.append("dilation=\(shape.dilation)") }
    if !isCentred {
      words.append("padding=" + shape.padding.sides.map { "\($0)" }.joined(separator: ","))
    }
    words += [
      "groups=\(shape.groups)", "batch=\(shape.source.batch)", "source=\(size(shape.source))",
      "destination=\(size(shape.destination))",
      "epilogue=\(epilogue.isEmpty ? "none" : epilogue.joined(separator: "+"))",
      "workers=\(workerCount)",
    ]
    return words.joined(separator: " ")
  }
}

extension Architecture {
  /// Height and width after every stage for an input; strides round up.
  ///
  /// - Parameters:
  ///   - height: Input height in pixels.
  ///   - width: Input width in pixels.
  /// - Returns: The size after each stage, the stem first.
  public func stageSizes(height: Int, width: Int) -> [(height: Int, width: Int)] {
    var size = (height: height, width: width)
    return stages.map { stage in
      let stride = stage.stride
      size = ((size.height + stride - 1) / stride, (size.width + stride - 1) / stride)
      return size
    }
  }

  /// Exact parameter and multiplication counts of RepVGG's branched, folded or plain form.
  ///
  /// - Parameters:
  ///   - form: The form to count.
  ///   - height: Input height in pixels.
  ///   - width: Input width in pixels.
  /// - Returns: The counts of ``Network/counts(form:height:width:)`` for a trained network.
  public func counts(form: Form, height: Int, width: Int) -> NetworkCounts {
    Network(self, seed: 0).counts(form: form, height: height, width: width)
  }
}

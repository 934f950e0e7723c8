extension Tensor {
  /// All elements as Float64.
  ///
  /// - Throws: `badData` if an element is NaN or infinite.
  package func finiteDoubles() throws(RepVGGError) -> [Double] {
    let values = try doubles()
    // One pass without branches: x * 0 is NaN only for NaN and infinities.
    var probe = 0.0
    for value in values { probe += value * 0 }
    guard probe == 0 else {
      let index = values.firstIndex { !$0.isFinite } ?? 0
      throw RepVGGError(
        .badData, "element \(index) is \(values[index]), weights must be finite", tensor: name)
    }
    return values
  }
}

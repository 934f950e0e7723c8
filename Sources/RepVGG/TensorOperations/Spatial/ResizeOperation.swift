/// Images of other sizes: the inputs are the tensor, and the scales or the sizes where they are
/// computed.
package struct ResizeOperation: TensorOperation {
  package static let operatorTypes = ["Resize", "Upsample"]

  package var interpolation: Interpolation
  package var coordinates: Coordinates
  /// The axes that scales and sizes are of; nil for all.
  package var axes: [Int]?
  /// Nil if they are an input, or sizes are given.
  package var scales: [Float]?
  package var sizePolicy: SizePolicy

  /// What sizes mean.
  package enum SizePolicy: String, Sendable {
    case stretch
    /// The aspect ratio is kept, and no size is larger.
    case notLarger = "not_larger"
    /// The aspect ratio is kept, and no size is smaller.
    case notSmaller = "not_smaller"
  }

  package init(
    interpolation: Interpolation, coordinates: Coordinates, axes: [Int]? = nil,
    scales: [Float]? = nil, sizePolicy: SizePolicy = .stretch
  ) {
    self.interpolation = interpolation
    self.coordinates = coordinates
    self.axes = axes
    self.scales = scales
    self.sizePolicy = sizePolicy
  }

  package func resultType(of inputs: [TensorFacts?]) throws(RepVGGError) -> TensorFacts {
    let input = try inputs.required(0, self)
    guard let dimensions = input.dimensions else { return input.with(nil) }
    let axes = try normalized(axes ?? Array(dimensions.indices), rank: dimensions.count)
    var result = dimensions
    let sizes: TensorFacts? = inputs.optional(2)
    let computed: TensorFacts? = inputs.optional(1)
    if let scales = scales?.map({ Optional($0) })
      ?? computed?.elements?.map({ $0.size.map { Float($0) } })
    {
      guard scales.count == axes.count else { throw invalid("it has other scales than axes") }
      for (axis, scale) in zip(axes, scales) {
        result[axis] = try scaled(dimensions[axis], by: scale)
      }
    } else if let elements = sizes?.elements, sizePolicy == .stretch || sizes?.knownElements != nil
    {
      guard elements.count == axes.count else { throw invalid("it has other sizes than axes") }
      let whole = try kept(elements, axes.map { dimensions[$0] })
      for (axis, size) in zip(axes, whole) { result[axis] = size }
    } else {
      for axis in axes { result[axis] = .unknown }
    }
    return input.with(result)
  }

  private func scaled(_ size: Dimension, by scale: Float?) throws(RepVGGError) -> Dimension {
    guard let scale else { return .unknown }
    guard scale > 0, scale.isFinite else { throw invalid("its scale is \(scale)") }
    if scale == 1 { return size }
    guard let size = size.size else { return .unknown }
    // In Float32, as runtimes compute it.
    guard let result = Int(exactly: (Float(size) * scale).rounded(.down)) else {
      throw invalid("\(size) times \(scale) is too large")
    }
    return .fixed(result)
  }

  /// The sizes that the policy makes of those that are requested.
  private func kept(
    _ sizes: [Dimension], _ dimensions: [Dimension]
  ) throws(RepVGGError) -> [Dimension] {
    guard sizes.allSatisfy({ $0.size ?? 1 > 0 }) else { throw invalid("its sizes are \(sizes)") }
    guard let scale = ratio(sizes, dimensions) else {
      return sizePolicy == .stretch ? sizes : sizes.map { _ in .unknown }
    }
    return dimensions.map {
      let size = (Double($0.size ?? 0) * scale).rounded(.toNearestOrAwayFromZero)
      return Int(exactly: size).map { .fixed($0) } ?? .unknown
    }
  }

  /// The scale that keeps the aspect ratio; nil if it is not kept.
  private func ratio(_ sizes: [Dimension], _ dimensions: [Dimension]) -> Double? {
    guard sizePolicy != .stretch, let sizes = sizes.sizes, let old = dimensions.sizes,
      !old.contains(0)
    else { return nil }
    let ratios = zip(sizes, old).map { Double($0) / Double($1) }
    return sizePolicy == .notLarger ? ratios.min() : ratios.max()
  }

  /// How each axis that changes is resized; scales that are computed have been put in their place.
  ///
  /// - Throws: `badData` for axes that the tensor does not have.
  func maps(
    from input: [Int], to shape: [Int], sizes: [Int64]?
  ) throws(RepVGGError) -> [(axis: Int, map: ResizedAxis)] {
    let axes = try normalized(axes ?? Array(shape.indices), rank: shape.count)
    let common = ratio(
      (sizes ?? []).map { .fixed(Int($0)) }, axes.map { .fixed(input[$0]) })
    var maps: [(axis: Int, map: ResizedAxis)] = []
    for (index, axis) in axes.enumerated() {
      let scale =
        scales.map { Double($0[index]) } ?? common
        ?? Double(shape[axis]) / Double(max(1, input[axis]))
      if scale == 1, shape[axis] == input[axis] { continue }
      let map = ResizedAxis(
        from: input[axis], to: shape[axis], scale: scale, isStated: scales != nil, interpolation,
        coordinates)
      maps.append((axis, map))
    }
    return maps
  }

  package func evaluated(on inputs: [ReferenceTensor?]) throws(RepVGGError) -> ReferenceTensor {
    var operation = self
    var inputs = inputs
    let input = try inputs.required(0, self)
    if scales == nil, let computed: ReferenceTensor = inputs.optional(1) {
      operation.scales = CastOperation.reals(of: computed).map { Float($0) }
      inputs[1] = nil
    }
    let shape = try operation.resultShape(of: inputs)
    guard !input.shape.contains(0) || shape.contains(0) else {
      throw invalid("it enlarges an empty dimension")
    }
    var values = CastOperation.reals(of: input)
    var current = input.shape
    let sizes: ReferenceTensor? = inputs.optional(2)
    let maps = try operation.maps(from: input.shape, to: shape, sizes: sizes?.integers)
    for (axis, map) in maps {
      try checkWork(Array(current[..<axis]) + [shape[axis], 8] + current[(axis + 1)...])
      values = map.apply(
        values, outer: current[..<axis].reduce(1, *), inner: current[(axis + 1)...].reduce(1, *))
      current[axis] = shape[axis]
      try checkCount(of: current)
    }
    guard !input.elementType.isReal else {
      return ReferenceTensor(shape: shape, values, elementType: input.elementType)
    }
    return ReferenceTensor(
      shape: shape, integers: values.map { CastOperation.integer($0) },
      elementType: input.elementType
    ).wrapped()
  }
}

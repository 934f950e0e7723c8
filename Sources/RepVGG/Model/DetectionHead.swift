/// A head that predicts for each pixel of some images how far the edges of a box are, and the classes'
/// probabilities (YOLOv6, arXiv 2209.02976, section 2.1).
struct DetectionHead {
  typealias Image = NetworkBuilder.Image

  var layers: SeededLayers
  let classCount: Int

  /// What is predicted from one image.
  struct Level {
    /// `[batch, 4, places]`: from a place to the left, upper, right and lower edge, in pixels of the
    /// input.
    let distances: Network.NodeID
    /// `[batch, classes, places]`, between 0 and 1.
    let scores: Network.NodeID
    /// `[places, 2]`: x and y of the middle of each pixel, in pixels of the input.
    let points: Network.NodeID
  }

  /// Appends the layers of one image.
  ///
  /// - Parameters:
  ///   - index: The number of the image, for names.
  ///   - source: The image.
  ///   - stride: Pixels of the input per pixel of the image, a power of two.
  /// - Returns: What the layers predict.
  mutating func level(_ index: Int, _ source: Image, stride: Int) -> Level {
    let channels = source.channels
    func name(_ part: String) -> String { "detect.\(part).\(index)" }
    let stem = layers.convolution(name("stems") + ".block", source, to: channels, size: 1, .silu)
    let classes = layers.biased(
      name("cls_preds"),
      layers.convolution(name("cls_convs") + ".block", stem, to: channels, size: 3, .silu),
      to: classCount, size: 1)
    let edges = layers.biased(
      name("reg_preds"),
      layers.convolution(name("reg_convs") + ".block", stem, to: channels, size: 3, .silu), to: 4,
      size: 1)
    let factor = layers.constant(name("stride"), Float(stride))
    // Scaled here and not after the boxes are made: a power of two rounds nothing.
    let distances = layers.append(
      name("distances"), BinaryOperation(.multiply),
      [flattened(name("reg_preds"), edges), factor])
    let probabilities = Image(
      node: layers.activated(name("cls_preds"), .sigmoid, classes.node), channels: classCount)
    return Level(
      distances: distances, scores: flattened(name("cls_preds"), probabilities),
      points: points(name("points"), of: edges.node, factor))
  }

  /// An image with its pixels in a row.
  private mutating func flattened(_ name: String, _ image: Image) -> Network.NodeID {
    let shape = layers.constant("\(name) shape", [0, image.channels, -1])
    return layers.append("\(name) flat", ReshapeOperation(), [image.node, shape])
  }

  /// The middle of each pixel of an image of any size, times a factor.
  private mutating func points(
    _ name: String, of image: Network.NodeID, _ factor: Network.NodeID
  ) -> Network.NodeID {
    let shape = layers.append("\(name) shape", ShapeOperation(), [image])
    func size(_ part: String, _ axis: Int) -> Network.NodeID {
      let index = layers.constant("\(name) axis \(axis)", [axis], isScalar: true)
      return layers.append("\(name) \(part)", GatherOperation(), [shape, index])
    }
    let (height, width) = (size("height", 2), size("width", 3))
    let (zero, one) = (
      layers.constant("\(name) zero", [0], isScalar: true),
      layers.constant("\(name) one", [1], isScalar: true)
    )
    let count = layers.append("\(name) count", BinaryOperation(.multiply), [height, width])
    let indices = layers.append("\(name) indices", RangeOperation(), [zero, count, one])
    let columns = [("x", BinaryOperation.Function.modulo), ("y", .divide)].map {
      axis, function -> Network.NodeID? in
      let place = layers.append("\(name) \(axis)", BinaryOperation(function), [indices, width])
      return layers.append("\(name) \(axis) column", UnsqueezeOperation(axes: [1]), [place])
    }
    let corners = layers.append(
      "\(name) corners", ConcatOperation(axis: 1, inputCount: 2), columns)
    let numbers = layers.append("\(name) numbers", CastOperation(to: .float32), [corners])
    let half = layers.constant("\(name) half", 0.5)
    let middles = layers.append("\(name) middles", BinaryOperation(.add), [numbers, half])
    return layers.append(name, BinaryOperation(.multiply), [middles, factor])
  }

  /// The boxes of all images, `[batch, places, 5 + classes]`: center, width and height in pixels of the
  /// input, 1, and the classes' probabilities.
  mutating func decoded(_ levels: [Level]) -> Network.NodeID {
    func joined(_ name: String, axis: Int, _ nodes: [Network.NodeID]) -> Network.NodeID {
      layers.append(
        "detect.\(name)", ConcatOperation(axis: axis, inputCount: nodes.count), nodes)
    }
    func turned(_ name: String, _ nodes: [Network.NodeID]) -> Network.NodeID {
      layers.append(
        "detect.\(name) rows", TransposeOperation(permutation: [0, 2, 1]),
        [joined(name, axis: 2, nodes)])
    }
    let scores = turned("scores", levels.map(\.scores))
    let distances = turned("distances", levels.map(\.distances))
    let points = joined("points", axis: 0, levels.map(\.points))
    func corner(_ name: String, _ part: Int, _ function: BinaryOperation.Function)
      -> Network.NodeID
    {
      let share = layers.append(
        "detect.\(name) distances", SplitPartOperation(axis: 2, index: part, partCount: 2),
        [distances])
      return layers.append("detect.\(name)", BinaryOperation(function), [points, share])
    }
    let (first, last) = (
      corner("left top", 0, .subtract), corner("right bottom", 1, .add)
    )
    let sum = layers.append("detect.sum", BinaryOperation(.add), [first, last])
    let two = layers.constant("detect.two", 2)
    let center = layers.append("detect.center", BinaryOperation(.divide), [sum, two])
    let size = layers.append("detect.size", BinaryOperation(.subtract), [last, first])
    let boxes = joined("boxes", axis: 2, [center, size])
    return joined("outputs", axis: 2, [boxes, ones(like: boxes), scores])
  }

  /// `[batch, places, 1]`: that there is something, which this head does not predict by itself.
  private mutating func ones(like boxes: Network.NodeID) -> Network.NodeID {
    let name = "detect.objectness"
    let shape = layers.append("\(name) boxes", ShapeOperation(), [boxes])
    let axes = layers.constant("\(name) axes", [0, 1])
    let sizes = layers.append("\(name) sizes", GatherOperation(), [shape, axes])
    let one = layers.constant("\(name) channels", [1])
    let target = layers.append(
      "\(name) shape", ConcatOperation(axis: 0, inputCount: 2), [sizes, one])
    return layers.append(
      name, ExpandOperation(), [layers.constant("\(name) one", 1), target])
  }
}

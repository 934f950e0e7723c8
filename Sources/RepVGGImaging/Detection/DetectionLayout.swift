import RepVGG

/// How the output tensor of a detector holds its boxes.
///
/// Of each anchor there are four numbers of its box (centre x, centre y, width, height in pixels of
/// the input), in some layouts one number that says how sure the network is that there is anything
/// (objectness), and a score per class.
public enum DetectionLayout: String, Sendable, Hashable, CaseIterable {
  /// `[batch, anchors, 5 + classes]` with objectness: what YOLOv5, YOLOv6 and YOLOv7 export.
  case yolov6
  /// `[batch, 4 + classes, anchors]` without objectness: what YOLOv8 and later export.
  case yolov8
  /// As ``yolov6``, but boxes are relative to the cells of the grids of stride 8, 16, 32 (and 64):
  /// `(offset + cell) * stride` and `exp(size) * stride`. What YOLOX exports by default.
  case yolox

  /// Whether the second dimension is that of anchors.
  var isAnchorsFirst: Bool { self != .yolov8 }

  /// The numbers of an anchor before its classes.
  var leadingCount: Int { self == .yolov8 ? 4 : 5 }

  /// The shape of an output, for messages.
  public var shapeText: String {
    self == .yolov8 ? "[batch, 4 + classes, anchors]" : "[batch, anchors, 5 + classes]"
  }

  /// The classes of an output.
  ///
  /// - Parameter shape: The shape of the output.
  /// - Returns: The number of classes; nil if an output of this layout cannot have the shape.
  public func classCount(in shape: [Int]) -> Int? {
    guard shape.count == 3, shape.allSatisfy({ $0 >= 0 }) else { return nil }
    let count = shape[isAnchorsFirst ? 2 : 1] - leadingCount
    return count >= 1 ? count : nil
  }

  /// The output with the boxes, and its layout.
  ///
  /// Of ``yolov6`` and ``yolov8`` the layout is recognised: by the number of classes if it is known,
  /// and else because there are more anchors than numbers of an anchor. ``yolox`` has the same shape
  /// as ``yolov6`` and is never recognised, only given.
  ///
  /// - Parameters:
  ///   - outputs: Name and shape of each output of the network.
  ///   - name: The output to use; nil if it is the only one that fits.
  ///   - layout: The layout; nil to recognise it.
  ///   - classCount: The number of classes, if it is known.
  /// - Returns: The place of the output in the list, and its layout.
  /// - Throws: `badData` if no output or more than one output fits, with the shapes that there are;
  ///   `invalidArgument` if there is no output of the name.
  public static func find(
    among outputs: [(name: String, shape: [Int])], named name: String? = nil,
    layout: DetectionLayout? = nil, classCount: Int? = nil
  ) throws(RepVGGError) -> (index: Int, layout: DetectionLayout) {
    func list(_ outputs: [(name: String, shape: [Int])]) -> String {
      outputs.prefix(20).map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ")
    }
    let named = outputs.indices.filter { name == nil || outputs[$0].name == name }
    guard !named.isEmpty else {
      throw RepVGGError(
        .invalidArgument,
        "there is no output '\(name ?? "")'; the outputs are \(list(outputs))")
    }
    let fitting = named.compactMap { index -> (index: Int, layout: DetectionLayout)? in
      let layouts = Self.layouts(
        of: outputs[index].shape, among: layout.map { [$0] } ?? [.yolov6, .yolov8],
        classCount: classCount)
      return layouts.count == 1 ? (index, layouts[0]) : nil
    }
    guard let found = fitting.first, fitting.count == 1 else {
      let wanted = layout.map(\.shapeText) ?? "\(yolov6.shapeText) or \(yolov8.shapeText)"
      let classes = classCount.map { " with \($0) classes" } ?? ""
      throw RepVGGError(
        .badData,
        (fitting.isEmpty ? "no output is " : "more than one output is ") + wanted + classes
          + "; the outputs are \(list(outputs))")
    }
    return found
  }

  /// The layouts that a shape may have.
  private static func layouts(
    of shape: [Int], among layouts: [DetectionLayout], classCount: Int?
  ) -> [DetectionLayout] {
    let possible = layouts.filter { layout in
      layout.classCount(in: shape).map { classCount == nil || $0 == classCount } ?? false
    }
    guard possible.count > 1 else { return possible }
    return possible.filter { $0.isAnchorsFirst ? shape[1] > shape[2] : shape[2] > shape[1] }
  }
}

import Glibc
import RepVGG

/// Turns the output of a detector into boxes.
///
/// Each anchor gives at most one box, of its likeliest class (of equal ones the lower index), as
/// YOLOv6's inference does. Its score is objectness times the class's score. Boxes that are not
/// finite are left out, and so are scores that are not numbers.
public struct DetectionDecoder: Sendable, Hashable {
  /// How the output holds its boxes.
  public let layout: DetectionLayout
  /// Boxes have a score above this, and an objectness above it.
  public let scoreThreshold: Float
  /// What is done about several boxes around the same thing.
  public let suppression: NonMaximumSuppression

  /// A decoder.
  ///
  /// - Parameters:
  ///   - layout: How the output holds its boxes.
  ///   - scoreThreshold: Boxes have a score above this.
  ///   - suppression: What is done about several boxes around the same thing.
  public init(
    layout: DetectionLayout, scoreThreshold: Float = 0.25,
    suppression: NonMaximumSuppression = NonMaximumSuppression()
  ) {
    self.layout = layout
    self.scoreThreshold = scoreThreshold
    self.suppression = suppression
  }

  /// The boxes of one image, in its pixels, the surest first.
  ///
  /// - Parameters:
  ///   - output: The elements of the output, row-major.
  ///   - shape: Its shape, `[batch, …]` as the layout has it.
  ///   - image: The index of the image in the batch, from 0.
  ///   - geometry: Where the image is in the input.
  /// - Returns: What is left after suppression, without boxes that are wholly outside the image.
  /// - Throws: `badData` if the shape is not one of the layout or not that of the elements.
  public func detections(
    in output: UnsafeBufferPointer<Float>, shape: [Int], image: Int, geometry: LetterboxGeometry
  ) throws(RepVGGError) -> [Detection] {
    let candidates = try candidates(
      in: output, shape: shape, image: image, width: geometry.width, height: geometry.height)
    return suppression.kept(of: candidates).compactMap { geometry.onImage(candidates[$0]) }
  }

  /// The boxes of one image before suppression, in pixels of the input, in the order of anchors.
  ///
  /// - Parameters:
  ///   - output: The elements of the output, row-major.
  ///   - shape: Its shape, `[batch, …]` as the layout has it.
  ///   - image: The index of the image in the batch, from 0.
  ///   - width: The width of the input, at least 1.
  ///   - height: The height of the input, at least 1.
  /// - Returns: The boxes whose score is above the threshold.
  /// - Throws: `badData` if the shape is not one of the layout or not that of the elements, or if
  ///   the number of anchors is not that of the grids.
  public func candidates(
    in output: UnsafeBufferPointer<Float>, shape: [Int], image: Int, width: Int, height: Int
  ) throws(RepVGGError) -> [Detection] {
    guard let classCount = layout.classCount(in: shape) else {
      throw RepVGGError(.badData, "the output has shape \(shape), not \(layout.shapeText)")
    }
    let (anchorCount, numberCount) =
      layout.isAnchorsFirst ? (shape[1], shape[2]) : (shape[2], shape[1])
    let (size, overflow) = anchorCount.multipliedReportingOverflow(by: numberCount)
    let (total, totalOverflow) = size.multipliedReportingOverflow(by: shape[0])
    guard !overflow, !totalOverflow, total == output.count, image >= 0, image < shape[0] else {
      throw RepVGGError(
        .badData,
        "\(output.count) elements are not an output of shape \(shape) with an image \(image)")
    }
    let values = UnsafeBufferPointer(rebasing: output[(image * size)..<((image + 1) * size)])
    let table =
      layout.isAnchorsFirst
      ? AnchorTable(values, anchorCount: anchorCount, anchorStride: numberCount, numberStride: 1)
      : AnchorTable(values, anchorCount: anchorCount, anchorStride: 1, numberStride: anchorCount)
    let cells = layout == .yolox ? try GridCells(width, height, count: anchorCount) : nil
    var candidates: [Detection] = []
    let first = layout.leadingCount
    for (anchor, best) in table.largest(among: first..<(first + classCount)).enumerated() {
      var score = best.value
      if first == 5 {
        let objectness = table[anchor, 4]
        guard objectness > scoreThreshold else { continue }
        score *= objectness
      }
      guard score > scoreThreshold, score.isFinite else { continue }
      var numbers = SIMD4<Double>()
      for index in 0..<4 { numbers[index] = Double(table[anchor, index]) }
      if let cells { numbers = cells.box(numbers, cell: anchor) }
      let box = Detection(
        classIndex: best.index - first, score: score, x: numbers.x - numbers.z / 2,
        y: numbers.y - numbers.w / 2, width: numbers.z, height: numbers.w)
      guard box.isFinite else { continue }
      candidates.append(box)
    }
    return candidates
  }
}

extension Detection {
  /// Whether all edges are numbers.
  fileprivate var isFinite: Bool {
    x.isFinite && y.isFinite && (x + width).isFinite && (y + height).isFinite
  }
}

/// The numbers of one image's anchors.
private struct AnchorTable {
  private let values: UnsafeBufferPointer<Float>
  private let anchorCount: Int
  private let anchorStride: Int
  private let numberStride: Int

  init(
    _ values: UnsafeBufferPointer<Float>, anchorCount: Int, anchorStride: Int, numberStride: Int
  ) {
    self.values = values
    self.anchorCount = anchorCount
    self.anchorStride = anchorStride
    self.numberStride = numberStride
  }

  subscript(anchor: Int, number: Int) -> Float {
    values[anchor * anchorStride + number * numberStride]
  }

  /// The largest of some numbers of every anchor, of equal ones the first; -infinity if none of
  /// them is a number.
  func largest(among numbers: Range<Int>) -> [(value: Float, index: Int)] {
    var best = [(value: Float, index: Int)](
      repeating: (-.infinity, numbers.lowerBound), count: anchorCount)
    // In the order of the memory.
    if numberStride == 1 {
      for anchor in 0..<anchorCount {
        for number in numbers where self[anchor, number] > best[anchor].value {
          best[anchor] = (self[anchor, number], number)
        }
      }
    } else {
      for number in numbers {
        for anchor in 0..<anchorCount where self[anchor, number] > best[anchor].value {
          best[anchor] = (self[anchor, number], number)
        }
      }
    }
    return best
  }
}

/// The cells of a detector's grids, one after the other, each row by row.
private struct GridCells {
  private let grids: [(firstCell: Int, columnCount: Int, stride: Int)]

  /// The grids of strides 8 to 32, or to 64, that have a number of cells.
  ///
  /// - Throws: `badData` if none have.
  init(_ width: Int, _ height: Int, count: Int) throws(RepVGGError) {
    var grids: [(firstCell: Int, columnCount: Int, stride: Int)] = []
    var cellCount = 0
    let (width, height) = (min(width, 1 << 30), min(height, 1 << 30))
    for stride in [8, 16, 32, 64] {
      let columnCount = width.dividedRoundingUp(by: stride)
      grids.append((cellCount, columnCount, stride))
      cellCount += columnCount * height.dividedRoundingUp(by: stride)
      if stride >= 32, cellCount == count {
        self.grids = grids
        return
      }
    }
    throw RepVGGError(
      .badData,
      "\(count) anchors are not the cells of the grids of stride 8, 16 and 32 of an input of"
        + " \(width)x\(height)")
  }

  /// A box of the input from numbers that are relative to a cell.
  func box(_ numbers: SIMD4<Double>, cell: Int) -> SIMD4<Double> {
    guard let grid = grids.last(where: { $0.firstCell <= cell }) else { return numbers }
    let (row, column) = (cell - grid.firstCell).quotientAndRemainder(
      dividingBy: max(1, grid.columnCount))
    let stride = Double(grid.stride)
    return SIMD4(
      (numbers.x + Double(column)) * stride, (numbers.y + Double(row)) * stride,
      exp(numbers.z) * stride, exp(numbers.w) * stride)
  }
}

import CImageCodecs
import RepVGG

extension RGBImage {
  /// The image at another size, bit for bit as Pillow's `resize` computes it.
  ///
  /// Columns first, then rows, rounded to bytes in between; an axis whose size does not change is
  /// skipped.
  ///
  /// - Parameters:
  ///   - width: Columns, 1 to 2^30.
  ///   - height: Rows, 1 to 2^30.
  ///   - filter: How new pixels are computed.
  ///   - antialiases: Whether the filter widens where the image shrinks, as Pillow's do. Without it
  ///     bilinear reads two pixels per axis, as OpenCV's `INTER_LINEAR` does, within one level of it.
  /// - Returns: The resized image.
  /// - Throws: `invalidArgument` for an impossible size, `outOfMemory`.
  public func resized(
    width: Int, height: Int, filter: ResizeFilter, antialiases: Bool = true
  ) throws(RepVGGError) -> RGBImage {
    try resized(
      width: width, height: height, filter: filter, antialiases: antialiases,
      columns: 0..<max(0, width), rows: 0..<max(0, height))
  }

  /// A part of a resized image: the same pixels as resizing everything and cutting the part out, at
  /// the cost of that part.
  ///
  /// - Parameters:
  ///   - width: Columns of the whole resized image, 1 to 2^30.
  ///   - height: Rows of the whole resized image, 1 to 2^30.
  ///   - filter: How new pixels are computed.
  ///   - antialiases: Whether the filter widens where the image shrinks.
  ///   - columns: The columns to keep; not empty.
  ///   - rows: The rows to keep; not empty.
  /// - Returns: The part.
  /// - Throws: `invalidArgument` for an impossible size or part, `outOfMemory`.
  public func resized(
    width: Int, height: Int, filter: ResizeFilter, antialiases: Bool = true,
    columns: Range<Int>, rows: Range<Int>
  ) throws(RepVGGError) -> RGBImage {
    let largest = 1 << 30
    guard (1...largest).contains(width), (1...largest).contains(height),
      self.width <= largest, self.height <= largest
    else {
      throw RepVGGError(
        .invalidArgument,
        "cannot resize \(self.width)x\(self.height) to \(width)x\(height): sizes are 1 to 2^30")
    }
    guard !columns.isEmpty, !rows.isEmpty, columns.lowerBound >= 0, rows.lowerBound >= 0,
      columns.upperBound <= width, rows.upperBound <= height
    else {
      throw RepVGGError(
        .invalidArgument,
        "columns \(columns) and rows \(rows) are not in a \(width)x\(height) image"
      )
    }
    let vertical =
      height == self.height
      ? nil
      : ResampleAxis.make(
        inputSize: self.height, outputSize: height, window: rows, filter: filter,
        antialiases: antialiases)
    // The first pass computes only the rows that the second one reads.
    let firstRows = vertical?.inputs ?? rows
    let narrowed = try resizedColumns(
      to: width, columns: columns, rows: firstRows, filter: filter, antialiases: antialiases)
    guard let vertical else { return narrowed }
    return try RGBImage(width: columns.count, height: rows.count) { output in
      let rowBytes = 3 * narrowed.width
      vertical.shifted(by: firstRows.lowerBound).withKernelAxis { axis in
        rvgk_resample_vertical(
          narrowed.storage.start, rowBytes, output.baseAddress, rowBytes, rowBytes, axis)
      }
    }
  }

  /// The first pass: some columns of the image at another width, for some rows.
  private func resizedColumns(
    to newWidth: Int, columns: Range<Int>, rows: Range<Int>, filter: ResizeFilter,
    antialiases: Bool
  ) throws(RepVGGError) -> RGBImage {
    if newWidth == width { return try cropped(columns: columns, rows: rows) }
    let axis = ResampleAxis.make(
      inputSize: width, outputSize: newWidth, window: columns, filter: filter,
      antialiases: antialiases)
    return try RGBImage(width: columns.count, height: rows.count) { output in
      axis.withKernelAxis { axis in
        rvgk_resample_horizontal(
          storage.start + 3 * width * rows.lowerBound, 3 * width, output.baseAddress,
          3 * columns.count, rows.count, axis)
      }
    }
  }

  /// A part of the image.
  ///
  /// - Parameters:
  ///   - columns: The columns to keep; not empty.
  ///   - rows: The rows to keep; not empty.
  /// - Returns: The part.
  /// - Throws: `invalidArgument` for a part that is outside the image, `outOfMemory`.
  public func cropped(columns: Range<Int>, rows: Range<Int>) throws(RepVGGError) -> RGBImage {
    guard !columns.isEmpty, !rows.isEmpty, columns.lowerBound >= 0, rows.lowerBound >= 0,
      columns.upperBound <= width, rows.upperBound <= height
    else {
      throw RepVGGError(
        .invalidArgument,
        "columns \(columns) and rows \(rows) are not in a \(width)x\(height) image"
      )
    }
    if columns.count == width, rows.count == height { return self }
    return try RGBImage(width: columns.count, height: rows.count) { output in
      guard var target = output.baseAddress else { return }
      for row in rows {
        let source = storage.start + 3 * (row * width + columns.lowerBound)
        target.update(from: source, count: 3 * columns.count)
        target += 3 * columns.count
      }
    }
  }
}

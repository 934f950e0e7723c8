extension Array where Element: BitwiseCopyable {
  /// An array that is filled in place; unlike the standard library's, this keeps the error's type.
  init(
    count: Int, filledBy fill: (UnsafeMutableBufferPointer<Element>) throws(RepVGGError) -> Void
  ) throws(RepVGGError) {
    var failure: RepVGGError?
    self.init(unsafeUninitializedCapacity: count) { buffer, initializedCount in
      do throws(RepVGGError) {
        try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        initializedCount = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// The elements as bytes; unlike `withUnsafeBytes`, this keeps the error's type.
  package func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(RepVGGError) -> Result
  ) throws(RepVGGError) -> Result {
    try withUnsafeBufferPointer { buffer throws(RepVGGError) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }

  /// The first elements as bytes to be written.
  mutating func withMutableBytes(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(RepVGGError) -> Void
  ) throws(RepVGGError) {
    try withUnsafeMutableBufferPointer { buffer throws(RepVGGError) in
      try body(
        UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])))
    }
  }
}

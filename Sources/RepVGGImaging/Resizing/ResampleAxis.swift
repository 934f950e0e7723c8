import CImageCodecs
import RepVGG

/// How a part of a resized axis is computed: for every output a run of inputs and their weights.
struct ResampleAxis {
  /// The first input of every output.
  private(set) var starts: [Int32] = []
  /// The number of inputs of every output.
  private(set) var counts: [Int32] = []
  /// `taps` fixed-point numbers for every output, 22 bits after the point.
  private(set) var coefficients: [Int32] = []
  /// The largest number of inputs of an output.
  private(set) var taps = 1

  /// The inputs that any of the outputs needs.
  var inputs: Range<Int> {
    guard let first = starts.first, let last = starts.last, let count = counts.last else {
      return 0..<0
    }
    // Starts and ends never decrease from one output to the next.
    return Int(first)..<Int(last + count)
  }

  /// The weights of the outputs in `window` of an axis resized from `inputSize` to `outputSize`.
  ///
  /// Each step is Pillow's, in Double: scale and centre, support widened by the scale, run of
  /// inputs, weights divided by their sum, rounding half away from zero.
  init(
    inputSize: Int, outputSize: Int, window: Range<Int>, filter: ResizeFilter, antialiases: Bool
  ) {
    let scale = Double(inputSize) / Double(outputSize)
    let filterScale = antialiases ? max(scale, 1) : 1
    let support = filter.support * filterScale
    let inverse = 1 / filterScale
    taps = Int(support.rounded(.up)) * 2 + 1
    starts.reserveCapacity(window.count)
    counts.reserveCapacity(window.count)
    coefficients.reserveCapacity(window.count * taps)
    var weights: [Double] = []
    for output in window {
      let centre = (Double(output) + 0.5) * scale
      let start = max(0, Int(centre - support + 0.5))
      let end = min(inputSize, Int(centre + support + 0.5))
      weights.removeAll(keepingCapacity: true)
      var sum = 0.0
      for input in start..<max(start, end) {
        let weight = filter.weight(at: (Double(input) - centre + 0.5) * inverse)
        weights.append(weight)
        sum += weight
      }
      starts.append(Int32(start))
      counts.append(Int32(weights.count))
      for weight in weights {
        let fraction = (sum != 0 ? weight / sum : weight) * Double(1 << 22)
        coefficients.append(Int32(fraction < 0 ? fraction - 0.5 : fraction + 0.5))
      }
      for _ in weights.count..<max(taps, weights.count) { coefficients.append(0) }
    }
  }

  /// The inputs of an axis resized by taking the nearest pixel.
  ///
  /// The position is accumulated step by step, as in Pillow, because the sum's rounding decides
  /// between neighbours.
  init(nearestOf inputSize: Int, outputSize: Int, window: Range<Int>) {
    let scale = Double(inputSize) / Double(outputSize)
    var position = scale * 0.5
    for output in 0..<window.upperBound {
      if output >= window.lowerBound {
        starts.append(Int32(min(inputSize - 1, Int(position))))
        counts.append(1)
        coefficients.append(1 << 22)
      }
      position += scale
    }
  }

  /// The axis for a filter.
  static func make(
    inputSize: Int, outputSize: Int, window: Range<Int>, filter: ResizeFilter, antialiases: Bool
  ) -> ResampleAxis {
    filter == .nearest
      ? ResampleAxis(nearestOf: inputSize, outputSize: outputSize, window: window)
      : ResampleAxis(
        inputSize: inputSize, outputSize: outputSize, window: window, filter: filter,
        antialiases: antialiases)
  }

  /// The same axis with every run moved towards the beginning, for an input that was cut there.
  func shifted(by offset: Int) -> ResampleAxis {
    var copy = self
    for index in copy.starts.indices { copy.starts[index] -= Int32(offset) }
    return copy
  }

  /// Calls a closure with the axis in the form that the kernels expect.
  func withKernelAxis(_ body: (UnsafePointer<rvgk_resample_axis>) -> Void) {
    starts.withUnsafeBufferPointer { starts in
      counts.withUnsafeBufferPointer { counts in
        coefficients.withUnsafeBufferPointer { coefficients in
          var axis = rvgk_resample_axis(
            starts: starts.baseAddress, counts: counts.baseAddress,
            coefficients: coefficients.baseAddress, taps: taps, output_count: starts.count)
          body(&axis)
        }
      }
    }
  }
}

import Synchronization

/// Finds the first step of a run whose result is not finite, and the image.
///
/// Used after a run whose logits are not finite; takes as long as a run and looks at every value.
final class Inspection: Sendable {
  /// A layer of the plan, in the order of the run, and an image of the batch.
  private struct Finding {
    let step: Int
    let layer: Int
    let image: Int
  }

  private let plan: Plan
  private let found = Mutex<Finding?>(nil)

  init(_ plan: Plan) { self.plan = plan }

  /// Runs a worker's share of a step; of one that runs several layers, looks after each.
  func run(_ index: Int, _ frame: Frame) {
    var kernel = plan.steps[index].kernel
    while let border = kernel as? BorderStep {
      border.clear(frame)
      kernel = border.next
    }
    guard let loop = kernel as? ImageLoopStep else { return kernel.run(frame) }
    loop.run(frame) { image, layer, values in
      if !areFinite(values) { note(Finding(step: index, layer: layer, image: image)) }
    }
  }

  /// Looks at what a step has written; every worker has done its share.
  func look(after index: Int, _ frame: Frame) {
    let step = plan.steps[index]
    let layers = step.description.layers.count
    // Of several layers, image by image, only the last one's result holds the batch.
    let first = step.description.parts.isEmpty ? 0 : step.writes.count - 1
    for operand in first..<step.writes.count {
      let value = plan.values[step.writes[operand].index]
      for image in 0..<value.type.layout.batch
      where !isFinite(value, frame.floats(written: operand), image: image) {
        note(Finding(step: index, layer: layers - 1, image: image))
      }
    }
  }

  private func isFinite(_ value: Value, _ base: UnsafePointer<Float>, image: Int) -> Bool {
    let layout = value.type.layout
    let start = base + layout.offset(image: image, y: 0, x: 0)
    return (0..<layout.height).allSatisfy {
      areFinite(
        UnsafeBufferPointer(
          start: start + $0 * layout.rowStride,
          count: (layout.width - 1) * layout.pixelStride + layout.storedChannels))
    }
  }

  /// Keeps the first in the order of the run, then of the batch.
  private func note(_ finding: Finding) {
    func order(_ finding: Finding) -> (Int, Int, Int) {
      (finding.step, finding.layer, finding.image)
    }
    found.withLock { first in
      guard let known = first, order(known) <= order(finding) else {
        first = finding
        return
      }
    }
  }

  /// What to tell the caller.
  func failure(
    input: UnsafeBufferPointer<Float>, output: UnsafeBufferPointer<Float>
  ) -> RepVGGError {
    if let index = input.firstIndex(where: { !$0.isFinite }) {
      let shape = plan.input
      let (row, column) = (index / shape.width % shape.height, index % shape.width)
      let plane = index / (shape.width * shape.height)
      let channels = shape.elementCount / (shape.batch * shape.width * shape.height)
      return RepVGGError(
        .badData,
        "the input holds \(input[index]) in image \(plane / channels), channel \(plane % channels),"
          + " row \(row), column \(column); inputs must be finite")
    }
    // Where all that the last step read is finite, it is the one.
    let finding =
      found.withLock { $0 }
      ?? Finding(
        step: plan.steps.count - 1, layer: 0,
        image: min(
          plan.input.batch - 1,
          (output.firstIndex { !$0.isFinite } ?? 0) / max(1, output.count / plan.input.batch)))
    let layer = plan.steps[finding.step].description.layers[finding.layer]
    let advice =
      layer.algorithm.hasPrefix("winograd")
      ? "Winograd's sums leave it earlier than direct ones: try the policy exact (--policy exact)"
      : "check the input's normalisation and the weights"
    return RepVGGError(
      .badData,
      "the results for image \(finding.image) are not finite: \(layer.name) (\(layer.algorithm))"
        + " is the first to leave the range of Float32; \(advice)", file: plan.file)
  }
}

/// Whether no value is NaN or infinite.
func areFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
  // The largest magnitude as bits: a loop of whole vectors, without a branch.
  var largest: UInt32 = 0
  for value in values { largest = max(largest, value.bitPattern & 0x7fff_ffff) }
  return largest < 0x7f80_0000
}

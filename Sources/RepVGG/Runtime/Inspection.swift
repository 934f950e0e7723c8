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
  func run(_ step: any Step, index: Int, _ context: StepContext) {
    guard let loop = step as? ImageLoopStep else { return step.run(context) }
    loop.run(context) { image, layer, values in
      if !areFinite(values) { note(Finding(step: index, layer: layer, image: image)) }
    }
  }

  /// Looks at what a step has written; every worker has done its share.
  func look(after index: Int, _ context: StepContext) {
    let layers = plan.stepDescriptions[index].layers.count
    for result in plan.stepResults[index] {
      for image in 0..<plan.input.batch where !isFinite(result, image: image, context) {
        note(Finding(step: index, layer: layers - 1, image: image))
      }
    }
  }

  private func isFinite(_ result: StepResult, image: Int, _ context: StepContext) -> Bool {
    switch result {
    case .activation(let layout, let offset):
      let start = context.arena + offset + layout.offset(image: image, y: 0, x: 0)
      return (0..<layout.height).allSatisfy {
        areFinite(
          UnsafeBufferPointer(
            start: start + $0 * layout.rowStride, count: layout.width * layout.pixelStride))
      }
    case .vectors(let offset, let pitch):
      return areFinite(
        UnsafeBufferPointer(start: context.arena + offset + image * pitch, count: pitch))
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
        step: plan.stepDescriptions.count - 1, layer: 0,
        image: (output.firstIndex { !$0.isFinite } ?? 0) / max(1, output.count / plan.input.batch))
    let layer = plan.stepDescriptions[finding.step].layers[finding.layer]
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

/// Where a step's result is.
enum StepResult: Sendable {
  /// An activation of the whole batch at an offset in the arena.
  case activation(ActivationLayout, Int)
  /// A vector for each image at an offset in the arena, with the floats from one to the next.
  case vectors(Int, pitch: Int)
}

/// Whether no value is NaN or infinite.
func areFinite(_ values: UnsafeBufferPointer<Float>) -> Bool {
  // The largest magnitude as bits: a loop of whole vectors, without a branch.
  var largest: UInt32 = 0
  for value in values { largest = max(largest, value.bitPattern & 0x7fff_ffff) }
  return largest < 0x7f80_0000
}

import Foundation
import RepVGG
import RepVGGTraining

/// One of our runs over a trajectory's batches, with everything that is compared.
struct TrajectoryRun<Scalar: TrainingScalar> {
  typealias Tensors = [String: [Double]]

  let network: TrainingNetwork<Scalar>
  private(set) var losses: [Double] = []
  private(set) var firstGradients: Tensors = [:]
  /// The state after every step.
  private(set) var states: [Checkpoint] = []
  private(set) var multipliers: Tensors = [:]
  private(set) var logits: [Double] = []

  init(
    _ architecture: TrainingArchitecture, start: Checkpoint, meta: TrajectoryMeta,
    batches: TrajectoryBatches<Scalar>, reparameterization: GradientReparameterization? = nil,
    clippingNorm: Double? = nil
  ) throws {
    let shape = batches.shape
    network = try TrainingNetwork<Scalar>(
      architecture, batchSize: shape[0], imageHeight: shape[2], imageWidth: shape[3],
      threadCount: 2)
    try network.load(start)
    let optimizer = try Optimizer(
      network, meta.settings, reparameterization: reparameterization, clippingNorm: clippingNorm)
    for name in network.store.trainable.map(\.name) {
      guard let lists = optimizer.multipliers(of: name), lists.count == 1 else { continue }
      multipliers[name] = lists[0].map { Double($0) }
    }
    for step in 0..<meta.stepCount {
      losses.append(
        try network.trainingPass(
          images: batches.images[step], labels: batches.labels[step],
          labelSmoothing: meta.labelSmoothing
        ).loss)
      if step == 0 {
        for entry in network.store.trainable {
          firstGradients[entry.name] = network.gradient(of: entry.name)?.map { Double($0) }
        }
      }
      optimizer.step(learningRate: meta.learningRates[step])
      states.append(network.checkpoint())
    }
    logits = try network.logits(images: batches.evaluationImages).flatMap { $0.map { Double($0) } }
  }
}

extension Checkpoint {
  /// Every tensor's values but the batch counters, in network order of nothing; none, which equals
  /// nothing, where they cannot be read.
  var compared: [String: [Double]] {
    tensors.filter { !$0.key.hasSuffix("num_batches_tracked") }.mapValues {
      (try? $0.doubles()) ?? []
    }
  }

  /// Only the tensors whose names are in a set.
  func values(_ names: some Collection<String>) -> [String: [Double]] {
    compared.filter { names.contains($0.key) }
  }
}

/// The relative errors of one trajectory, collected while it is compared.
struct TrajectoryReport {
  struct Line {
    var quantity: String
    var error: Double
    var tolerance: Double
    var holds: Bool { error <= tolerance }
  }

  let name: String
  private(set) var lines: [Line] = []

  init(_ name: String) { self.name = name }

  mutating func add(_ quantity: String, _ error: Double, tolerance: Double) {
    lines.append(Line(quantity: quantity, error: error, tolerance: tolerance))
  }

  var failures: [Line] { lines.filter { !$0.holds } }

  var text: String {
    lines.map { line in
      let error = String(format: "%9.2e", line.error)
      let tolerance = String(format: "%.0e", line.tolerance)
      return "\(line.holds ? "ok  " : "FAIL") \(name): \(line.quantity): \(error) (<= \(tolerance))"
    }.joined(separator: "\n")
  }
}

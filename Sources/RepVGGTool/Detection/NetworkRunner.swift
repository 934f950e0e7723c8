import RepVGG

/// Computes the outputs of a network for inputs of one shape after another.
///
/// The plan of the last shape is kept: images of one size are planned once.
final class NetworkRunner {
  /// A named output of a run.
  struct Output {
    let name: String
    let shape: [Int]
    /// Row-major.
    let elements: [Float]
  }

  private let network: Network
  private let options: PlanOptions
  private let cpus: [Int]
  private var session: Session?

  /// - Parameters:
  ///   - network: A network of images, its linear regions as single nodes.
  ///   - options: The form and the threads.
  ///   - cpus: CPUs to pin the workers to, in turn; empty for none.
  init(_ network: Network, options: PlanOptions, cpus: [Int]) {
    self.network = network
    var options = options
    options.collectsFeatures = true
    self.options = options
    self.cpus = cpus
  }

  /// The outputs for images `[batch, 3, height, width]`.
  ///
  /// - Throws: What making a plan and ``Session/run(input:output:)`` throw.
  func run(
    _ input: UnsafeBufferPointer<Float>, shape: [Int]
  ) throws(RepVGGError) -> [Output] {
    let session = try session(for: InputShape(dimensions: shape))
    let plan = session.plan
    var first = [Float](repeating: 0, count: plan.outputElementCount)
    var failure: RepVGGError?
    first.withUnsafeMutableBufferPointer { output in
      do throws(RepVGGError) { try session.run(input: input, output: output) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    var outputs = [Output(name: plan.outputName, shape: plan.outputShape, elements: first)]
    for feature in plan.features {
      outputs.append(
        Output(
          name: feature.name, shape: feature.shape, elements: try session.feature(feature.name)))
    }
    return outputs
  }

  private func session(for input: InputShape) throws(RepVGGError) -> Session {
    if let session, session.plan.input == input { return session }
    // The memory of the last one is free before the next is made.
    session = nil
    let made = try Plan(
      network, input: input, options: options, cancellation: .interruption
    ).makeSession(cpus: cpus, cancellation: .interruption)
    session = made
    return made
  }
}

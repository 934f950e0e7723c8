import CommandLineKit
import RepVGG
import ToolSupport

/// Computes the outputs of a network with one input, for inputs of several shapes.
///
/// It keeps the sessions of the last shapes, because images come in few of them.
final class NetworkRunner {
  /// A named output of a run.
  struct Output {
    let name: String
    let shape: [Int]
    /// Row-major.
    let elements: [Float]
  }

  private static let sessionLimit = 8

  private let network: Network
  private let tuning: Tuning
  private let options: PlanOptions
  private let cpus: [Int]
  /// The last used one first.
  private var sessions: [Session] = []

  /// A runner with the options of a command line for the engine.
  init(_ network: Network, _ arguments: Arguments) {
    self.network = network
    tuning = Tuning(arguments)
    var options = EngineOptions.planOptions(arguments, form: arguments[SharedArguments.form])
    options.collectsFeatures = network.outputs.count > 1
    self.options = options
    cpus = arguments[Pinning.option].cpus
  }

  /// Makes the session for a shape, if there is none.
  ///
  /// - Parameter shape: The shape of the input.
  /// - Throws: What plans and sessions throw.
  func prepare(_ shape: InputShape) throws(RepVGGError) {
    if let index = sessions.firstIndex(where: { $0.plan.input == shape }) {
      sessions.insert(sessions.remove(at: index), at: 0)
      return
    }
    // Before there is memory for another one.
    if sessions.count == Self.sessionLimit { sessions.removeLast() }
    let plan = try tuning.plan(network, input: shape, options: options)
    sessions.insert(try plan.makeSession(cpus: cpus, cancellation: .interruption), at: 0)
  }

  /// Computes the outputs of an input of the shape.
  ///
  /// - Parameters:
  ///   - input: The elements of the input, row-major.
  ///   - shape: Its shape.
  /// - Returns: The outputs, in the order of the network.
  /// - Throws: What plans and sessions throw, such as `cancelled`.
  func outputs(
    _ input: UnsafeBufferPointer<Float>, _ shape: InputShape
  ) throws(RepVGGError) -> [Output] {
    try prepare(shape)
    let session = sessions[0]
    let plan = session.plan
    let first = try AlignedBuffer.Shared(elementCount: plan.outputElementCount)
    try session.run(input: input, output: first.elements)
    var outputs = [
      Output(name: plan.outputName, shape: plan.outputShape, elements: Array(first.elements))
    ]
    for feature in plan.features {
      outputs.append(
        Output(
          name: feature.name, shape: feature.shape, elements: try session.feature(feature.name)))
    }
    return outputs
  }
}

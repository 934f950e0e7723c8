import RepVGG

/// Computes the outputs of a network with one input, whatever computes them.
struct NetworkRunner {
  /// A named output of a run.
  struct Output {
    let name: String
    let shape: [Int]
    /// Row-major.
    let elements: [Float]
  }

  /// Computes inputs `[batch, 3, height, width]` of the given shape; may throw `cancelled`.
  let run: (UnsafeBufferPointer<Float>, [Int]) throws(RepVGGError) -> [Output]

  /// The network, computed by the library's reference in Float64.
  ///
  /// - Parameters:
  ///   - network: A network whose only input has the name.
  ///   - inputName: The name of the input.
  ///   - cancellation: Checked between operations.
  /// - Returns: The runner.
  static func reference(
    _ network: Network, inputName: String, cancellation: Cancellation
  ) -> NetworkRunner {
    NetworkRunner { input, shape throws(RepVGGError) in
      let results = try ReferenceGraph(network).outputs(
        [inputName: ReferenceTensor(shape: shape, input.map { Double($0) })],
        cancellation: cancellation)
      return network.outputs.compactMap { output in
        guard let value = results[output.name], let elements = value.reals else { return nil }
        return Output(name: output.name, shape: value.shape, elements: elements.map { Float($0) })
      }
    }
  }
}

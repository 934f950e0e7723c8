import Foundation
import RepVGG
import RepVGGTraining
import Testing

/// Every operator against the gradients of PyTorch in Float64.
@Suite struct OperatorVectorTests {
  @Test(arguments: TrainingFixture.cases("ops"), [1, 2])
  func matchesPyTorch(_ name: String, threads: Int) throws {
    try check(name, threads: threads, as: Double.self, tolerance: 1e-13)
    try check(name, threads: threads, as: Float.self, tolerance: 2e-6)
  }

  @Test func hasAllVectors() {
    #expect(TrainingFixture.cases("ops").count == 33)
  }

  func check<Scalar: TrainingScalar>(
    _ name: String, threads count: Int, as type: Scalar.Type, tolerance: Double
  ) throws {
    let file = try TrainingFixture.checkpoint("ops/\(name)")
    let attributes = try TrainingFixture.attributes("ops", name)
    let vector = OperatorVector<Scalar>(
      file: file, attributes: attributes, threads: try TrainingThreads(count: count))
    let (results, expected) = try vector.compute()
    #expect(!expected.isEmpty)
    for (tensor, values) in expected {
      let difference = relativeDifference(results[tensor] ?? [], values)
      // Of two values a channel, the gradient is what epsilon leaves of a cancellation.
      let isCancelled = tensor == "grad.x" && attributes["samples_per_channel"] as? Int == 2
      let tolerance = isCancelled ? tolerance * 1000 : tolerance
      #expect(difference <= tolerance, "\(name) \(tensor) \(type): \(difference)")
    }
  }
}

/// One stored operator: its inputs, what it should give, and what it gives.
struct OperatorVector<Scalar: TrainingScalar> {
  let file: Checkpoint
  let attributes: [String: Any]
  let threads: TrainingThreads

  typealias Tensors = [String: [Double]]

  func input(_ name: String) throws -> ScalarBuffer<Scalar> {
    try buffer(try file.tensor(name).channelsLast, as: Scalar.self)
  }

  func compute() throws -> (results: Tensors, expected: Tensors) {
    var results: Tensors
    switch attributes["op"] as? String {
    case "conv2d": results = try convolution()
    case "batch_norm": results = try batchNorm()
    case "relu": results = try relu()
    case "global_avg_pool": results = try pool()
    case "linear": results = try linear()
    case "cross_entropy": results = try crossEntropy()
    case "se": results = try excitation()
    default: results = [:]
    }
    var expected: Tensors = [:]
    for (name, tensor) in file.tensors
    where name == "output" || name.hasPrefix("grad.") || name.hasPrefix("after.") {
      expected[name] = try tensor.channelsLast
    }
    return (results, expected)
  }

  private func values(_ buffer: ScalarBuffer<Scalar>) -> [Double] {
    buffer.elements.map { Double($0) }
  }

  private func attribute(_ name: String) -> Int { attributes[name] as? Int ?? 0 }

  private func convolution() throws -> Tensors {
    let (x, w) = (try file.tensor("input.x").shape, try file.tensor("param.weight").shape)
    let shape = try TrainingConvolutionShape(
      batch: x[0], height: x[2], width: x[3], inputChannels: x[1], outputChannels: w[0],
      kernel: attribute("kernel"), stride: attribute("stride"), padding: attribute("padding"),
      groups: attribute("groups"))
    let operation = TrainingConvolution<Scalar>(shape, threads: threads)
    let (input, weight) = (try self.input("input.x"), try self.input("param.weight"))
    let dy = try self.input("grad_output")
    let y = try ScalarBuffer<Scalar>(count: shape.outputCount)
    let gradient = try ScalarBuffer<Scalar>(count: shape.weightCount)
    let dx = try ScalarBuffer<Scalar>(count: shape.inputCount)
    let workspace = try ScalarBuffer<Scalar>(count: operation.workspaceCount)
    operation.forward(x: input.base, weight: weight.base, y: y.base, workspace: workspace.base)
    operation.backwardWeight(
      x: input.base, dy: dy.base, gradient: gradient.base, workspace: workspace.base)
    operation.backwardInput(
      dy: dy.base, weight: weight.base, dx: dx.base, accumulates: false,
      workspace: workspace.base)
    var results = [
      "output": values(y), "grad.weight": values(gradient), "grad.x": values(dx),
    ]
    if file.tensors["param.bias"] != nil {
      // The networks have no such layer; its bias is what norms do with theirs.
      let (bias, ones) = (try self.input("param.bias"), try ScalarBuffer<Scalar>(count: w[0]))
      ones.assign([Scalar](repeating: 1, count: w[0]))
      withPointers([UnsafePointer(y.base)], [UnsafePointer(ones.base)]) {
        Scalar.kernels.affineSum(shape.rows, w[0], 1, $0, $1, bias.base, 0, y.base)
      }
      let sums = try ScalarBuffer<Double>(count: w[0])
      Scalar.kernels.affineSumBackward(
        shape.rows, w[0], 0, nil, nil, nil, nil, 0, dy.base, sums.base, nil)
      results["output"] = values(y)
      results["grad.bias"] = sums.elements
    }
    return results
  }

  private func batchNorm() throws -> Tensors {
    let shape = try file.tensor("input.x").shape
    let channels = shape[1]
    func gradient() throws -> ScalarBuffer<Scalar> { try ScalarBuffer(count: channels) }
    let (weight, bias) = (try input("param.weight"), try input("param.bias"))
    let (mean, variance) = (try input("buffer.running_mean"), try input("buffer.running_var"))
    let (weightGradient, biasGradient) = (try gradient(), try gradient())
    let operation = try BranchNormalization(
      rows: shape[0] * shape[2] * shape[3], channels: channels,
      branches: [
        BatchNormSlots(
          weight: weight.base, bias: bias.base, weightGradient: weightGradient.base,
          biasGradient: biasGradient.base, runningMean: mean.base, runningVariance: variance.base)
      ], appliesReLU: false,
      statistics: attributes["mode"] as? String == "train" ? .batch : .running,
      settings: BatchNormSettings(
        epsilon: attributes["eps"] as? Double ?? 0, momentum: attributes["momentum"] as? Double ?? 0
      ),
      threads: threads)
    let (x, dy) = (try input("input.x"), try input("grad_output"))
    let y = try ScalarBuffer<Scalar>(count: x.count)
    operation.forward([UnsafePointer(x.base)], y: y.base)
    operation.backward([UnsafePointer(x.base)], dy: dy.base, outputs: [dy.base])
    return [
      "output": values(y), "grad.x": values(dy), "grad.weight": values(weightGradient),
      "grad.bias": values(biasGradient), "after.running_mean": values(mean),
      "after.running_var": values(variance),
    ]
  }

  private func relu() throws -> Tensors {
    let (x, g) = (try input("input.x"), try input("grad_output"))
    let y = try ScalarBuffer<Scalar>(count: x.count)
    Scalar.kernels.relu(x.count, x.base, y.base)
    Scalar.kernels.reluBackward(x.count, x.base, g.base)
    return ["output": values(y), "grad.x": values(g)]
  }

  private func pool() throws -> Tensors {
    let shape = try file.tensor("input.x").shape
    let operation = try TrainingAveragePool<Scalar>(
      batch: shape[0], pixels: shape[2] * shape[3], channels: shape[1], threads: threads)
    let (x, dy) = (try input("input.x"), try input("grad_output"))
    let y = try ScalarBuffer<Scalar>(count: shape[0] * shape[1])
    operation.forward(x: x.base, y: y.base)
    operation.backward(dy: dy.base, dx: x.base)
    return ["output": values(y), "grad.x": values(x)]
  }

  private func linear() throws -> Tensors {
    let (x, w) = (try file.tensor("input.x").shape, try file.tensor("param.weight").shape)
    let (weight, bias) = (try input("param.weight"), try input("param.bias"))
    let (weightGradient, biasGradient) = (
      try ScalarBuffer<Scalar>(count: weight.count), try ScalarBuffer<Scalar>(count: bias.count)
    )
    let operation = TrainingLinear(
      rows: x[0], inputs: w[1], outputs: w[0],
      slots: LinearSlots(
        weight: weight.base, bias: bias.base, weightGradient: weightGradient.base,
        biasGradient: biasGradient.base))
    let (input, dy) = (try self.input("input.x"), try self.input("grad_output"))
    let y = try ScalarBuffer<Scalar>(count: x[0] * w[0])
    let dx = try ScalarBuffer<Scalar>(count: input.count)
    operation.forward(x: input.base, y: y.base)
    operation.backward(x: input.base, dy: dy.base, dx: dx.base)
    return [
      "output": values(y), "grad.x": values(dx), "grad.weight": values(weightGradient),
      "grad.bias": values(biasGradient),
    ]
  }

  private func crossEntropy() throws -> Tensors {
    let logits = try input("input.logits")
    let labels = try file.tensor("input.labels").doubles().map { Int32($0) }
    let gradient = try ScalarBuffer<Scalar>(count: logits.count)
    let loss = try CrossEntropy<Scalar>(
      classCount: logits.count / labels.count,
      labelSmoothing: attributes["label_smoothing"] as? Double ?? -1
    ).loss(logits: logits.base, labels: labels, gradient: gradient.base)
    return ["output": [loss], "grad.logits": values(gradient)]
  }

  private func excitation() throws -> Tensors {
    let shape = try file.tensor("input.x").shape
    var gradients: [String: ScalarBuffer<Scalar>] = [:]
    var buffers: [ScalarBuffer<Scalar>] = []
    func slots(_ name: String) throws -> LinearSlots<Scalar> {
      let (weight, bias) = (try input("param.\(name).weight"), try input("param.\(name).bias"))
      let weightGradient = try ScalarBuffer<Scalar>(count: weight.count)
      let biasGradient = try ScalarBuffer<Scalar>(count: bias.count)
      gradients["grad.\(name).weight"] = weightGradient
      gradients["grad.\(name).bias"] = biasGradient
      buffers += [weight, bias]
      return LinearSlots(
        weight: weight.base, bias: bias.base, weightGradient: weightGradient.base,
        biasGradient: biasGradient.base)
    }
    let operation = try TrainingSqueezeExcitation(
      batch: shape[0], pixels: shape[2] * shape[3], channels: shape[1],
      reducedChannels: try file.tensor("param.down.bias").count, down: try slots("down"),
      up: try slots("up"), appliesReLU: false, threads: threads)
    let (x, dy) = (try input("input.x"), try input("grad_output"))
    let y = try ScalarBuffer<Scalar>(count: x.count)
    operation.forward(x: x.base, y: y.base)
    operation.backward(x: x.base, dy: dy.base, dx: dy.base)
    withExtendedLifetime(buffers) {}
    var results = gradients.mapValues { values($0) }
    results["output"] = values(y)
    results["grad.x"] = values(dy)
    return results
  }
}

import Foundation
import RepVGG
import RepVGGTraining
import Testing

/// One official block each, forward and backward in train mode, against PyTorch in Float64.
@Suite struct BlockVectorTests {
  @Test(arguments: TrainingFixture.cases("ops-blocks"), [1, 2])
  func matchesPyTorch(_ name: String, threads: Int) throws {
    try check(name, threads: threads, as: Double.self, tolerance: 1e-12)
    try check(name, threads: threads, as: Float.self, tolerance: 1e-5)
  }

  @Test func hasAllVectors() {
    #expect(TrainingFixture.cases("ops-blocks").count == 13)
  }

  func check<Scalar: TrainingScalar>(
    _ name: String, threads count: Int, as type: Scalar.Type, tolerance: Double
  ) throws {
    let file = try TrainingFixture.checkpoint("ops-blocks/\(name)")
    let attributes = try TrainingFixture.attributes("ops-blocks", name)
    let state = file.part("state.")
    let form: TrainingArchitecture.Form =
      if name.hasPrefix("repvgg") { .branched } else if name.hasPrefix("csla") {
        .constantScale
      } else if name.hasPrefix("hs") {
        .hyperSearch
      } else if name.hasPrefix("target") { .plain } else { .baseline }
    let (x, y) = (try file.tensor("input.x").shape, try file.tensor("output").shape)
    let gate = ["se", "post_se"].first { state["\($0).down.weight"] != nil }
    let block = TrainingArchitecture.Block(
      name: "b", inputChannels: x[1], outputChannels: y[1],
      stride: attributes["stride"] as? Int ?? 0, groups: attributes["groups"] as? Int ?? 0,
      excitation: gate.map {
        TrainingArchitecture.Excitation(
          placement: $0 == "se" ? .beforeReLU : .afterReLU,
          reducedChannels: state["\($0).down.bias"]?.count ?? 0)
      })
    let architecture = TrainingArchitecture(form: form, blocks: [block], classCount: 1)
    let store = try ParameterStore<Scalar>(architecture)
    for (tensor, values) in state where !tensor.hasSuffix("num_batches_tracked") {
      try store.store(
        values.scalars(as: Scalar.self), at: store.value("b.\(tensor)"), values.shape)
    }
    let graph = try TrainingGraph(
      architecture, store: store, batch: x[0], height: x[2], width: x[3], isTraining: true,
      hasHead: false, givesInputGradient: true, threads: try TrainingThreads(count: count))
    graph.input.assign(try file.tensor("input.x").channelsLast.map { Scalar($0) })
    graph.forward()
    var results = ["output": graph.output.map { Double($0) }]
    let seed = try #require(graph.outputGradient)
    for (index, value) in try file.tensor("grad_output").channelsLast.enumerated() {
      seed[index] = Scalar(value)
    }
    graph.backward()
    results["grad.x"] = try #require(graph.inputGradient).map { Double($0) }
    var expected = [
      "output": try file.tensor("output").channelsLast,
      "grad.x": try file.tensor("grad.x").channelsLast,
    ]
    for (tensor, values) in file.part("grad.") where tensor != "x" {
      expected["grad.\(tensor)"] = try values.doubles()
      results["grad.\(tensor)"] = store.gradient(of: "b.\(tensor)")?.map { Double($0) }
    }
    for (tensor, values) in file.part("after.") {
      expected["after.\(tensor)"] = try values.doubles()
      results["after.\(tensor)"] = store.values(of: "b.\(tensor)")?.map { Double($0) }
    }
    for (tensor, values) in expected {
      let difference = relativeDifference(results[tensor] ?? [], values)
      #expect(difference <= tolerance, "\(name) \(tensor) \(type): \(difference)")
    }
    // Constants have no gradient, everything else that is trained has one in the file.
    let trainable = store.trainable.map(\.name).filter { $0.hasPrefix("b.") }
    #expect(
      Set(trainable.map { "grad.\($0.dropFirst(2))" })
        == Set(expected.keys).subtracting(["output", "grad.x"]).filter { $0.hasPrefix("grad.") })
  }
}

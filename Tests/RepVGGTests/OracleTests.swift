import RepVGG
import Testing

/// Whole networks against the Double oracle: what rounding and Winograd may cost.
@Suite struct OracleTests {
  @Test(arguments: [
    ("A0", Policy.fast, 1e-5), ("A0", .exact, 2e-6), ("B1g4", .fast, 1e-5), ("D2se", .fast, 1e-5),
  ])
  func logitsStayWithinTheBound(name: String, policy: Policy, bound: Double) throws {
    var architecture = try #require(Architecture.named(name))
    architecture.classCount = 50
    let network = Network(architecture, seed: 11)
    let input = try InputShape(height: 40, width: 48)
    let images = sampleImages(input)
    let expected = try ReferenceNetwork(network).logits(images, input: input)
    let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(norm > 0.1, "activations have died")
    for form in [Form.plain, .branched] {
      let options = PlanOptions(form: form, threadCount: 2, policy: policy)
      let logits = try Plan(network, input: input, options: options).makeSession().run(images)
      let difference = zip(logits, expected).reduce(0) {
        $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
      }.squareRoot()
      print("\(name) \(policy) \(form): relative L2 \(difference / norm)")
      #expect(difference <= bound * norm, "\(form): \(difference / norm)")
    }
  }
}

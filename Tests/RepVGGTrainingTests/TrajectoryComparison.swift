import Foundation
import RepVGG
import RepVGGTraining

/// Compares our runs with everything that a trajectory's folder holds.
struct TrajectoryComparison<Scalar: TrainingScalar> {
  let trajectory: Trajectory
  let meta: TrajectoryMeta
  let batches: TrajectoryBatches<Scalar>
  var report: TrajectoryReport

  private var isDouble: Bool { Scalar.self == Double.self }
  private var precision: String { isDouble ? "f64" : "f32" }
  private var tolerance: Double { isDouble ? 1e-11 : 1e-5 }

  init(_ trajectory: Trajectory) throws {
    self.trajectory = trajectory
    meta = try TrajectoryMeta(trajectory.folder)
    batches = try TrajectoryBatches(
      try TrainingFixture.checkpoint("batches", in: trajectory.folder))
    report = TrajectoryReport("\(trajectory.testDescription) \(Scalar.self)")
  }

  mutating func run() throws {
    if let start = try trajectory.file("init") { try compareSingle(start) }
    for name in trajectory.fileNames where name.hasSuffix("csla_init") {
      try comparePair(prefix: String(name.dropLast("csla_init".count)))
    }
  }

  private func architecture(_ state: Checkpoint) throws -> TrainingArchitecture {
    try TrainingArchitecture(state: state, strides: meta.strides, batchNorm: meta.batchNorm)
  }

  /// Adds the difference from each stored precision of a file that there is.
  ///
  /// A Float run is compared with either precision, a Double run with Float64 only.
  private mutating func compare(
    _ values: [String: [Double]], with name: String, _ label: String? = nil,
    only: ((String) -> Bool)? = nil
  ) throws {
    for stored in isDouble ? ["f64"] : ["f32", "f64"] {
      guard let file = try trajectory.file("\(name)_\(stored)") else { continue }
      let wanted = file.compared.filter { only?($0.key) ?? true }
      report.add(
        "\(label ?? name) against \(stored)", relativeDifference(values, wanted),
        tolerance: tolerance)
    }
  }

  private mutating func compareLosses(_ losses: [Double], _ label: String, _ paths: [String]) {
    guard let stored = meta.numbers(paths), stored.count == losses.count else { return }
    let worst = zip(losses, stored).map { abs($0 - $1) / max(abs($1), 1) }.max() ?? .infinity
    report.add("\(label) losses", worst, tolerance: tolerance)
  }

  private mutating func compareLogits(_ logits: [Double], _ label: String) throws {
    guard let file = try trajectory.file("eval_logits"),
      let stored = try file.tensors["\(label)_\(precision)"]?.doubles()
    else { return }
    let worst = zip(logits, stored).map { abs($0 - $1) }.max() ?? .infinity
    report.add(
      "\(label) evaluation logits", stored.count == logits.count ? worst : .infinity,
      tolerance: isDouble ? 1e-10 : 1e-4)
  }

  // MARK: - One network

  private mutating func compareSingle(_ start: Checkpoint) throws {
    let architecture = try architecture(start)
    let run = try TrajectoryRun(architecture, start: start, meta: meta, batches: batches)
    let steps = meta.stepCount
    compareLosses(run.losses, "", ["loss_\(precision)", "loss_f64"])
    try compare(run.firstGradients, with: "grads_step1")
    for step in 1...steps { try compare(run.states[step - 1].compared, with: "state_step\(step)") }
    try compareLogits(run.logits, "train_form")
    if architecture.form == .branched {
      try compareDeployed(run.states[steps - 1], architecture)
    }
    if architecture.form == .hyperSearch { try compareScales(start, run, architecture) }
  }

  /// The deployed kernels, and the logits of a network that has nothing else.
  private mutating func compareDeployed(
    _ state: Checkpoint, _ architecture: TrainingArchitecture
  ) throws {
    let network = try Network(state, options: NetworkOptions(epsilon: meta.batchNorm.epsilon))
    var kernels: [String: [Double]] = [:]
    var plain: [String: Tensor] = [:]
    func add(_ name: String, _ shape: [Int], _ values: [Double]) {
      plain[name] = Tensor(shape: shape, source: ScalarTensorSource<Double>(elements: values))
    }
    for (block, shape) in zip(network.blocks, architecture.blocks) {
      let reduced = try block.body.reduced(inputChannels: shape.inputChannels)
      kernels["\(shape.name).rbr_reparam.weight"] = reduced.kernel
      kernels["\(shape.name).rbr_reparam.bias"] = reduced.bias
      let channels = shape.outputChannels
      // A norm that only adds the bias.
      let one = [Double](repeating: 1, count: channels)
      add(
        "\(shape.name).conv.weight", [channels, shape.inputChannels / shape.groups, 3, 3],
        reduced.kernel)
      add("\(shape.name).bn.weight", [channels], one)
      add("\(shape.name).bn.bias", [channels], reduced.bias)
      add("\(shape.name).bn.running_mean", [channels], one.map { _ in 0 })
      add("\(shape.name).bn.running_var", [channels], one.map { $0 - meta.batchNorm.epsilon })
    }
    for (name, tensor) in state.tensors
    where name.hasPrefix("linear.") || name.contains(".se.") || name.contains(".post_se.") {
      kernels[name] = try tensor.doubles()
      plain[name] = tensor
    }
    try compare(kernels, with: "deploy")
    let deployed = try TrainingNetwork<Scalar>(
      architecture.with(form: .plain), batchSize: batches.shape[0],
      imageHeight: batches.shape[2], imageWidth: batches.shape[3])
    try deployed.load(Checkpoint(tensors: plain))
    try compareLogits(
      try deployed.logits(images: batches.evaluationImages).flatMap { $0.map { Double($0) } },
      "deploy")
  }

  private mutating func compareScales(
    _ start: Checkpoint, _ run: TrajectoryRun<Scalar>, _ architecture: TrainingArchitecture
  ) throws {
    let steps = meta.stepCount
    let isScale = { (name: String) in name.contains(".scale_") }
    if let stored = try trajectory.file("scales_init") {
      let rule = RepOptimizerScales(startOf: architecture).checkpoint()
      report.add(
        "start of the scales", relativeDifference(rule.compared, stored.compared),
        tolerance: 1e-7)
    }
    let final = run.states[steps - 1]
    try compare(final.compared.filter { isScale($0.key) }, with: "scales_step\(steps)")
    if let tuples = try trajectory.file("extracted_tuples_f64") {
      let scales = try RepOptimizerScales(final, for: architecture)
      var extracted: [String: [Double]] = [:]
      for (index, block) in architecture.blocks.enumerated() {
        guard let scales = scales.blocks[block.name] else { continue }
        let tuple = [
          ("identity", scales.identity), ("1x1", scales.pointwise), ("conv", scales.convolution),
        ].filter { $0.1 != nil }
        for (position, (kind, values)) in tuple.enumerated() {
          extracted["\(index).\(position).\(kind)"] = values
        }
      }
      report.add(
        "extracted scales", relativeDifference(extracted, tuples.compared), tolerance: tolerance)
    }
    if let stored = try trajectory.file("grad_mults_from_extracted_f64") {
      let scales = try RepOptimizerScales(final, for: architecture)
      for (name, values) in stored.compared.sorted(by: { $0.key < $1.key }) {
        let rule: GradientMultiplierRule = name.hasPrefix("sgd.") ? .squares : .signedValues
        let weight = name.split(separator: ".").dropFirst().joined(separator: ".")
        let own = try architecture.blocks.first { "\($0.name).conv.weight" == weight }
          .map { try scales.multipliers(of: $0, rule: rule) }
        report.add(
          "multipliers \(name)", relativeDifference(own ?? [], values), tolerance: tolerance)
      }
    }
    guard let norm = (meta.json["clipped"] as? [String: Any])?["max_norm"] as? NSNumber else {
      return
    }
    let clipped = try TrajectoryRun(
      architecture, start: start, meta: meta, batches: batches, clippingNorm: norm.doubleValue)
    compareLosses(clipped.losses, "clipped", ["clipped/loss_\(precision)", "clipped/loss_f64"])
    try compare(
      clipped.states[steps - 1].compared.filter { isScale($0.key) },
      with: "scales_step\(steps)_clipped")
  }

  // MARK: - Branches against RepOptimizer

  private mutating func comparePair(prefix: String) throws {
    guard let start = try trajectory.file("\(prefix)csla_init"),
      let scalesFile = try trajectory.file("\(prefix)scales")
    else {
      throw RepVGGError(.badData, "has no scales", file: trajectory.folder.path)
    }
    let node = prefix.hasSuffix("_") ? "\(prefix.dropLast())/" : ""
    let width = isDouble ? "float64" : "float32"
    let scaled = try architecture(start).with(form: .constantScale)
    let csla = try TrajectoryRun(scaled, start: start, meta: meta, batches: batches)
    compareLosses(
      csla.losses, "\(prefix)csla",
      ["\(node)\(width)/loss_csla", "\(node)float64/loss_csla", "\(node)abs/loss_csla"])
    for step in 1...meta.stepCount {
      try compare(csla.states[step - 1].compared, with: "\(prefix)csla_step\(step)")
    }
    try compareLogits(csla.logits, "\(prefix)csla")

    let plain = scaled.with(form: .plain)
    let plainStart = try scaled.plainState(ofScaled: start)
    try compare(
      plainStart.compared.mapValues { $0.map { Double(Scalar($0)) } },
      with: "\(prefix)target_init")
    let scales = try RepOptimizerScales(scalesFile, for: scaled)
    for variant in ["", "_abs", "_upstream"] {
      let steps = "\(prefix)target\(variant)_step"
      guard trajectory.fileNames.contains(where: { $0.hasPrefix(steps) }) else { continue }
      let rule = try rule(variant: variant, prefix: prefix, scales, plain)
      let target = try TrajectoryRun(
        plain, start: plainStart, meta: meta, batches: batches,
        reparameterization: GradientReparameterization(scales: scales, rule: .multipliers(rule)))
      try compareTarget(target, csla, prefix: prefix, variant: variant, node: node, rule: rule)
    }
  }

  /// Which multipliers a stored run of the target was made with.
  private func rule(
    variant: String, prefix: String, _ scales: RepOptimizerScales,
    _ architecture: TrainingArchitecture
  ) throws -> GradientMultiplierRule {
    if case .sgd = meta.settings { return .squares }
    if variant == "_abs" { return .absoluteValues }
    if variant == "_upstream" { return .signedValues }
    // Official AdamW runs have signed sums; the stored multipliers show it where it matters.
    guard let stored = try trajectory.file("\(prefix)grad_mults_f64") else {
      return .absoluteValues
    }
    let negative = stored.compared.values.contains { $0.contains { $0 < 0 } }
    return negative ? .signedValues : .absoluteValues
  }

  private mutating func compareTarget(
    _ target: TrajectoryRun<Scalar>, _ csla: TrajectoryRun<Scalar>, prefix: String,
    variant: String, node: String, rule: GradientMultiplierRule
  ) throws {
    let name = "\(prefix)target\(variant)"
    let width = isDouble ? "float64" : "float32"
    let single = target.multipliers
    try compare(single, with: "\(prefix)grad_mults")
    if let stored = try trajectory.file("\(prefix)grad_mults\(variant)"), !variant.isEmpty {
      report.add(
        "\(prefix)grad_mults\(variant)", relativeDifference(single, stored.compared),
        tolerance: 1e-7)
    }
    let variantNode = ["_abs": "abs", "_upstream": "upstream_signed_sum"][variant]
    compareLosses(
      target.losses, name,
      [variantNode.map { "\(node)\($0)/loss_target" } ?? "\(node)\(width)/loss_target"])
    try compare(target.firstGradients, with: "\(name)_grads_step1")
    for step in 1...meta.stepCount {
      try compare(target.states[step - 1].compared, with: "\(name)_step\(step)")
    }
    try compareLogits(target.logits, name)
    guard isDouble, rule != .signedValues else { return }
    // The branches' state as the plain network's: the two runs are one.
    let architecture = csla.network.architecture
    let last = meta.stepCount - 1
    let merged = try architecture.plainState(ofScaled: csla.states[last]).compared
    let isExact = rule == .squares
    report.add(
      "\(name): RepOptimizer against branches",
      relativeDifference(target.states[last].compared, merged), tolerance: isExact ? 1e-14 : 1e-5)
  }
}

import RepVGG
import RepVGGImaging
import RepVGGTraining
import TestSupport

// What the articles show, compiled and run by the tests of this target. `ArticleTests` finds every
// block of Swift in the articles here, letter for letter.

func describe(checkpoint: String) throws -> String {
  let network = try Network(contentsOf: checkpoint)
  let size = network.origin.inputSize
  let counts = try network.counts(form: .plain, height: size, width: size)
  return
    "\(network.origin.architecture), \(network.form.rawValue), \(network.origin.family.rawValue): "
    + "\(counts.multiplyAccumulates) multiplications for an image of \(size)x\(size)"
}

func logits(checkpoint: String, images: [Float], size: Int) throws -> [Float] {
  let network = try Network(contentsOf: checkpoint)
  let input = try InputShape(batch: images.count / (3 * size * size), height: size, width: size)
  let plan = try Plan(network, input: input, options: PlanOptions(threadCount: 2))
  return try plan.makeSession().run(images)
}

func serve(_ batches: [[Float]], plan: Plan, receive: ([Float]) -> Void) throws {
  let session = try plan.makeSession()
  var logits = [Float](repeating: 0, count: plan.input.batch * plan.outputCount)
  for batch in batches {
    try batch.withUnsafeBufferPointer { input in
      try logits.withUnsafeMutableBufferPointer { try session.run(input: input, output: $0) }
    }
    receive(logits)
  }
}

func concurrentLogits(_ batches: [[Float]], plan: Plan) async throws -> [[Float]] {
  try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
    for (index, batch) in batches.enumerated() {
      group.addTask { (index, try plan.makeSession().run(batch)) }
    }
    var results = [[Float]](repeating: [], count: batches.count)
    for try await (index, logits) in group { results[index] = logits }
    return results
  }
}

func packedMegabytes(checkpoint: String, policy: Policy) throws -> Double {
  let network = try Network(contentsOf: checkpoint)
  let input = try InputShape(height: 224, width: 224)
  let plan = try Plan(network, input: input, options: PlanOptions(policy: policy))
  return Double(plan.memory.packedWeightByteCount) / 1e6
}

func deploy(checkpoint: String, to output: String) throws {
  let plain = try Network(contentsOf: checkpoint).reparameterized()
  try plain.deployedCheckpoint().write(safetensors: output)
}

func open(_ path: String) -> Network? {
  do throws(RepVGGError) {
    return try Network(contentsOf: path)
  } catch {
    switch error.kind {
    case .missingInput: print("not there: \(error)")
    case .badData: print("damaged, or no RepVGG: \(error)")
    default: print(error)
    }
    return nil
  }
}

func pyramid(checkpoint: String, image: [Float], height: Int, width: Int) throws
  -> [(name: String, shape: [Int], values: [Float])]
{
  let network = try Network(contentsOf: checkpoint)
  let input = try InputShape(height: height, width: width)
  let plan = try Plan(network, input: input, options: PlanOptions(collectsFeatures: true))
  let session = try plan.makeSession()
  _ = try session.run(image)
  return try plan.features.map { ($0.name, $0.shape, try session.feature($0.name)) }
}

func paddedPlan(_ network: Network, height: Int, width: Int, plans: inout [InputShape: Plan])
  throws -> Plan
{
  let input = try InputShape(
    height: (height + 127) / 128 * 128, width: (width + 127) / 128 * 128)
  if let plan = plans[input] { return plan }
  let plan = try Plan(network, input: input, options: PlanOptions(collectsFeatures: true))
  plans[input] = plan
  return plan
}

func mergedKernel(
  of region: LinearExpression, inputChannels: Int
) throws -> (kernel: [Float], bias: [Float]) {
  try region.reduced(inputChannels: inputChannels).rounded()
}

func shortcutBlock(
  square: Tensor, pointwise: Tensor, shortcut: Tensor, norm: BatchNorm
) -> LinearExpression {
  .sequence([
    .sum([
      .convolution(Convolution(kernel: square)),
      .convolution(Convolution(kernel: pointwise)),
      .scale(shortcut),
    ]),
    .batchNorm(norm),
  ])
}

func mergedConvolution(
  of block: LinearExpression, inputChannels: Int
) throws -> Convolution {
  let merged = try block.reduced(inputChannels: inputChannels)
  let (kernel, bias) = try merged.rounded()
  let size = merged.kernelSize
  let shape = [merged.outputChannels, merged.inputChannelsPerGroup, size.height, size.width]
  return Convolution(
    kernel: Tensor(shape: shape, elements: kernel),
    bias: Tensor(shape: [merged.outputChannels], elements: bias), stride: merged.stride,
    padding: merged.padding, dilation: merged.dilation, groups: merged.groups)
}

func mergeGraph(_ file: String, into target: String) throws -> [String] {
  let merging = try Network(onnx: file).mergingRegions()
  try merging.network.write(onnx: target)
  return merging.unmerged.map { "\($0.name): \($0.reason)" }
}

func relativeL2(_ a: [Float], _ b: [Float]) -> Double {
  var (difference, norm) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
    norm += Double(y) * Double(y)
  }
  return (difference / norm).squareRoot()
}

func networkInput(_ paths: [String], preset: ImagePreset) throws -> [Float] {
  let decoder = ImageDecoder()
  let preprocessor = ImagePreprocessor(preset: preset)
  var batch: [Float] = []
  for path in paths { batch += try preprocessor.preprocess(decoder.decode(contentsOf: path).image) }
  return batch
}

func preset(besideWeights weights: String) throws -> ImagePreset? {
  try ModelConfiguration.beside(weightsPath: weights)?.configuration.preset(named: weights)
}

func trainedDigits(epochs: Int) throws -> (checkpoint: Checkpoint, accuracy: Double) {
  let network = try TrainingNetwork<Float>(
    .digits(form: .branched), batchSize: 64, imageHeight: 32, imageWidth: 32, seed: 1,
    threadCount: 1)
  let trainer = try Trainer(
    network, data: try DataSet.digits(),
    configuration: TrainingConfiguration(epochCount: epochs, seed: 1))
  _ = try trainer.run()
  return (network.checkpoint(), trainer.records.last?.testAccuracy ?? 0)
}

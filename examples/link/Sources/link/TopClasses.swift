import RepVGG

func topClasses(checkpoint: String, images file: String, count: Int) throws -> [[Int]] {
  let network = try Network(contentsOf: checkpoint)
  let images = try NPYArray(contentsOf: file)
  let input = try InputShape(dimensions: images.shape)
  let plan = try Plan(network, input: input, options: PlanOptions(threadCount: 2))
  let logits = try plan.makeSession().run(images.floats())
  return (0..<input.batch).map { image in
    let scores = logits[image * plan.classCount..<(image + 1) * plan.classCount]
    return scores.enumerated().sorted { $0.element > $1.element }.prefix(count).map(\.offset)
  }
}

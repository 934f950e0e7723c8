import Foundation

/// One class and its probability.
struct Prediction: Sendable, Hashable {
  /// The index among the network's outputs.
  let classIndex: Int
  /// Its share of the softmax; for a network with a single output the sigmoid.
  let probability: Double

  /// The likeliest classes of one image, the likeliest first; of equal ones the lower index first.
  ///
  /// Probabilities are `exp(x - max) / Σ exp(x - max)` in Double, which cannot overflow. A network
  /// with a single class was trained to decide whether it is present: the probability is `1 / (1 +
  /// exp(-x))`.
  ///
  /// - Parameters:
  ///   - logits: One value for each class.
  ///   - count: How many to return; fewer if there are fewer classes.
  /// - Returns: The classes.
  static func top(_ logits: UnsafeBufferPointer<Float>, count: Int) -> [Prediction] {
    let best = topClasses(logits, count: count)
    guard let first = best.first else { return [] }
    let maximum = Double(logits[first])
    guard logits.count > 1 else {
      return [Prediction(classIndex: first, probability: 1 / (1 + exp(-maximum)))]
    }
    let sum = logits.reduce(0.0) { $0 + exp(Double($1) - maximum) }
    return best.map {
      Prediction(classIndex: $0, probability: exp(Double(logits[$0]) - maximum) / sum)
    }
  }

  /// The indices of the largest values, largest first; of equal ones the lower index first.
  static func topClasses(_ logits: UnsafeBufferPointer<Float>, count: Int) -> [Int] {
    var best: [Int] = []
    guard count > 0 else { return best }
    best.reserveCapacity(min(count, logits.count) + 1)
    for (index, value) in logits.enumerated() {
      if best.count == count, let last = best.last, !(value > logits[last]) { continue }
      let place = best.firstIndex { value > logits[$0] } ?? best.endIndex
      best.insert(index, at: place)
      if best.count > count { best.removeLast() }
    }
    return best
  }
}

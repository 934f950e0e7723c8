extension PlanGraph {
  /// Lets a dense layer whose result only the caller reads write it where the caller wants it.
  mutating func writeOutputsDirectly() {
    let (readers, writers) = (readers, writers)
    var direct: Set<Int> = []
    for (index, operation) in operations.enumerated() {
      guard case .output = operation.kind, readers[operation.reads[0]].count == 1,
        let writer = writers[operation.reads[0]], case .dense = operations[writer].kind
      else { continue }
      operations[writer].result = operation.result
      direct.insert(index)
    }
    operations = operations.indices.filter { !direct.contains($0) }.map { operations[$0] }
  }
}

/// The families of which a checkpoint may be.
package struct CheckpointFamilies: Sendable {
  /// Of those that know equally many names of a file, the first is chosen.
  let all: [CheckpointFamily]
  /// The names that tensors of blocks have in some family.
  let suffixes: Set<TensorName>
  /// The most components of such a name.
  let componentLimit: Int

  package init(_ families: [CheckpointFamily]) {
    all = families
    suffixes = Set(families.flatMap(\.names.keys))
    componentLimit = suffixes.map(\.components.count).max() ?? 0
  }

  package static let known = CheckpointFamilies([
    .official, .repVGGplus, .timm, .mmpretrain, .repOptTarget, .repOptScaled, .repOptBaseline,
    .mobileOne, .timmMobileOne, .mmpretrainMobileOne,
  ])
}

/// Which CPUs have a core design.
package struct CPUPattern: Sendable, Hashable {
  let vendor: String
  let families: ClosedRange<Int>
  /// Models of these families; all of them where there is none.
  var models: [ClosedRange<Int>] = []
  /// What the cores have and others of their families lack.
  var features: CPUFeatures = []

  /// Whether a CPU with these features is one of them.
  func matches(_ identity: CPUIdentity, _ features: CPUFeatures) -> Bool {
    identity.vendor == vendor && families.contains(identity.family)
      && (models.isEmpty || models.contains { $0.contains(identity.model) })
      && self.features.isSubset(of: features)
  }
}

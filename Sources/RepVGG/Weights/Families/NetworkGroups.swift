/// The networks of a file, and which of them to load.
struct NetworkGroups {
  private struct Member {
    let contents: GroupContents
    let group: Checkpoint.Group
    /// The components of the prefix, without those that carry no meaning.
    let path: [String]
  }

  private let members: [Member]

  /// How many networks of one file are told apart; no training writes more.
  private static let countLimit = 16

  init(_ tensors: NamedTensors) {
    let roots = NetworkRoot.all(in: tensors).filter {
      $0.family != nil && !Self.isOptimizerState($0.prefix)
    }
    let averages = AveragedRoots(tensors, roots)
    var candidates = roots.filter { $0.isWhole || averages.contains($0) }
    if candidates.isEmpty {
      // Something against which to report what is missing.
      candidates = roots.max { $0.tensorCount < $1.tensorCount }.map { [$0] } ?? []
    }
    candidates = Array(candidates.prefix(Self.countLimit + 1))
    let paths = candidates.map { Self.path($0.prefix) }
    members = zip(candidates, Self.names(paths)).map { root, name in
      let contents = GroupContents(tensors, root: root, groups: candidates)
      return Member(
        contents: contents, group: contents.group(name: name, isAveraged: averages.contains(root)),
        path: Self.path(root.prefix))
    }
  }

  var groups: [Checkpoint.Group] { members.map(\.group) }

  // MARK: - Choice

  /// The requested group; without a request the averaged one, or the only one.
  ///
  /// - Throws: `invalidArgument` for a name that does not exist, `badData` if there is no group, or
  ///   if nothing says which of several to load.
  func chosen(_ name: String?) throws(RepVGGError) -> (GroupContents, Checkpoint.Group) {
    let list = Self.list(members.map(\.group.name))
    guard members.count <= Self.countLimit else {
      throw RepVGGError(.badData, "holds more than \(Self.countLimit) networks: \(list)")
    }
    if let name {
      guard let member = member(named: name) else {
        throw RepVGGError(
          .invalidArgument, "has no group '\(name.printable)'; it has \(list)")
      }
      return (member.contents, member.group)
    }
    let averaged = members.filter(\.group.isAveraged)
    var choice = averaged.isEmpty ? members : averaged
    // Of a pair in distillation the student is the one that was trained.
    if choice.count > 1 { choice.removeAll { $0.path.contains { $0.hasPrefix("teacher") } } }
    guard choice.count == 1, let member = choice.first else {
      throw RepVGGError(
        .badData,
        "holds \(members.count) networks, \(list), and nothing says which one is meant: choose a"
          + " group by its name (--group NAME)")
    }
    return (member.contents, member.group)
  }

  /// The group with a name as in ``Checkpoint/Group``, or with a part of its prefix that no other
  /// group has.
  private func member(named name: String) -> Member? {
    if let member = members.first(where: { $0.group.name == name }) { return member }
    let parts = Self.path(TensorName(name + "."))
    guard !parts.isEmpty else { return nil }
    let matches = members.filter { member in
      guard member.path.count >= parts.count else { return false }
      return (0...(member.path.count - parts.count)).contains {
        member.path[$0..<($0 + parts.count)].elementsEqual(parts)
      }
    }
    return matches.count == 1 ? matches.first : nil
  }

  /// Names for a sentence: the first few.
  private static func list(_ names: [String]) -> String {
    NamingProblems.list(names.map { $0.isEmpty ? "'' (the top of the file)" : "'\($0)'" })
  }

  // MARK: - Names

  private static func isOptimizerState(_ prefix: TensorName) -> Bool {
    prefix.components.contains { $0.starts(with: "optim".utf8) }
  }

  /// The components of a prefix that distinguish networks: not `module` of distributed training,
  /// nor `backbone` at the end, which is a part of a network.
  private static func path(_ prefix: TensorName) -> [String] {
    let parts = prefix.components.dropLast().map { String(decoding: $0, as: UTF8.self) }
      .filter { $0 != "module" }
    return parts.last == "backbone" ? parts.dropLast() : parts
  }

  /// Short names for prefixes: without the components with which all begin, as long as they stay
  /// distinct.
  private static func names(_ paths: [[String]]) -> [String] {
    guard paths.count > 1, let first = paths.first else {
      return paths.map { $0.joined(separator: ".") }
    }
    let shortest = paths.map(\.count).min() ?? 0
    let common = (0..<max(0, shortest - 1)).first { index in
      paths.contains { $0[index] != first[index] }
    }
    let shared = common ?? max(0, shortest - 1)
    return paths.map { $0.dropFirst(shared).joined(separator: ".") }
  }
}

/// Turns the words of every argument into its value: flag before environment before default.
struct ArgumentEvaluator {
  let path: CommandPath
  let occurrences: [WordScanner.Occurrence]
  let positionalWords: [String]
  let environment: [String: String]

  typealias Values = [String: any StoredArgument]
  typealias Sources = [String: Arguments.Source]

  func evaluate() throws(UsageError) -> (Values, Sources) {
    var values: Values = [:]
    var sources: Sources = [:]
    let wordsByName = try assignPositionals()
    let silenced = try checkConstraints()
    var missing: [String] = []
    for specification in path.specifications {
      let name = specification.displayName
      sources[name] = .default
      if let words = wordsByName[name] ?? nonEmpty(occurrences(of: specification).map(\.value)) {
        values[name] = try evaluate(specification, words)
        sources[name] = .commandLine
      } else if !silenced.contains(name), let variable = variable(of: specification) {
        values[name] = try evaluate(specification, variable: variable)
        sources[name] = .environment(variable)
      } else if let absent = specification.absent {
        values[name] = absent
      } else {
        missing.append(
          specification.form == .positional ? name : "\(name) \(specification.placeholder)")
      }
    }
    guard missing.isEmpty else {
      let noun = missing.count == 1 ? "argument" : "arguments"
      throw UsageError("missing \(noun): \(missing.joined(separator: ", "))")
    }
    return (values, sources)
  }

  private func occurrences(of specification: ArgumentSpecification) -> [WordScanner.Occurrence] {
    occurrences.filter { $0.specification.displayName == specification.displayName }
  }

  /// The name of the environment variable that is set for an argument; an empty one is not set.
  private func variable(of specification: ArgumentSpecification) -> String? {
    guard let name = specification.environmentName, environment[name]?.isEmpty == false else {
      return nil
    }
    return name
  }

  private func evaluate(_ specification: ArgumentSpecification, _ words: [String])
    throws(UsageError) -> any StoredArgument
  {
    do {
      return try specification.evaluate(words)
    } catch {
      let culprit = words.first { !isValid($0, specification) } ?? words.joined(separator: " ")
      let name =
        specification.form == .positional
        ? specification.name : "\(specification.displayName) \(specification.placeholder)"
      let value = culprit.quotedForDisplay()
      throw UsageError("\(value) is not a value for '\(name)': \(reason(error))")
    }
  }

  private func evaluate(_ specification: ArgumentSpecification, variable: String)
    throws(UsageError) -> any StoredArgument
  {
    let word = environment[variable] ?? ""
    do {
      return try specification.evaluate([word])
    } catch {
      throw UsageError(
        "\(word.quotedForDisplay()) is not a value for the environment variable \(variable): "
          + "\(reason(error)); correct it, unset it, or pass \(specification.displayName)")
    }
  }

  private func isValid(_ word: String, _ specification: ArgumentSpecification) -> Bool {
    (try? specification.evaluate([word])) != nil
  }

  private func reason(_ error: any Error) -> String {
    (error as? InvalidValue)?.reason ?? "\(error)".escapedForDisplay
  }

  /// The words of each positional, in order; the one that repeats takes what the others leave.
  private func assignPositionals() throws(UsageError) -> [String: [String]] {
    var assigned: [String: [String]] = [:]
    var rest = positionalWords[...]
    for specification in path.command.positionals {
      guard !rest.isEmpty else { break }
      let count = specification.isRepeatable ? rest.count : 1
      assigned[specification.displayName] = Array(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    if let surplus = rest.first {
      let names = path.command.positionals.map(\.name)
      let expected =
        names.isEmpty
        ? "'\(path.text)' takes options only" : "only \(names.joined(separator: " ")) is expected"
      throw UsageError("unexpected argument \(surplus.quotedForDisplay()); \(expected)")
    }
    return assigned
  }

  private func nonEmpty(_ words: [String]) -> [String]? { words.isEmpty ? nil : words }
}

extension ArgumentEvaluator {
  /// Checks which arguments go together.
  ///
  /// - Returns: The names of arguments whose environment variables do not count, because the command
  ///   line gives one that excludes them.
  private func checkConstraints() throws(UsageError) -> Set<String> {
    var silenced: Set<String> = []
    for constraint in path.command.constraints {
      let given = constraint.names.filter(isGiven)
      switch constraint.rule {
      case .requirement:
        if let first = constraint.names.first, let other = constraint.names.last,
          isGiven(first), !isGiven(other), !isInEnvironment(other)
        {
          throw UsageError("'\(first)' makes sense only together with '\(other)'; give both")
        }
      case .conflict, .exactlyOne:
        let inEnvironment = constraint.names.filter(isInEnvironment)
        if given.count > 1 {
          throw UsageError("\(quoted(given)) exclude each other; give one of them")
        }
        if given.count == 1 {
          silenced.formUnion(constraint.names)
        } else if inEnvironment.count > 1 {
          let variables = inEnvironment.compactMap { specification($0)?.environmentName }
          throw UsageError(
            "the environment variables \(variables.joined(separator: " and ")) exclude each "
              + "other; unset one of them")
        } else if constraint.rule == .exactlyOne, inEnvironment.isEmpty {
          throw UsageError("one of \(constraint.names.joined(separator: ", ")) must be given")
        }
      }
    }
    return silenced
  }

  private func specification(_ name: String) -> ArgumentSpecification? {
    path.specifications.first { $0.displayName == name }
  }

  private func isGiven(_ name: String) -> Bool {
    if occurrences.contains(where: { $0.specification.displayName == name }) { return true }
    guard let index = path.command.positionals.firstIndex(where: { $0.name == name }) else {
      return false
    }
    return index < positionalWords.count
  }

  private func isInEnvironment(_ name: String) -> Bool {
    specification(name).map { variable(of: $0) != nil } ?? false
  }

  private func quoted(_ names: [String]) -> String {
    names.map { "'\($0)'" }.joined(separator: " and ")
  }
}

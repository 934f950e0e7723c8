/// A zsh completion script on `_arguments`, a function a command.
struct ZshCompletion {
  let tool: CommandLineTool

  private var paths: [CommandPath] { CommandPath(root: tool.root).subtree }

  var script: String {
    """
    #compdef \(tool.name)
    # Made by '\(tool.name) completions zsh'.

    \(paths.map(functionText).joined(separator: "\n"))
    # Read as a file by the completion system it completes at once; sourced, it registers itself.
    if [[ $funcstack[1] == _\(tool.name) ]]; then
        \(functionName(CommandPath(root: tool.root))) "$@"
    else
        compdef \(functionName(CommandPath(root: tool.root))) \(tool.name)
    fi

    """
  }

  private func functionName(_ path: CommandPath) -> String {
    "__" + path.words.map(\.asFunctionName).joined(separator: "__")
  }

  private func functionText(_ path: CommandPath) -> String {
    path.children.isEmpty ? leafFunction(path) : groupFunction(path)
  }

  private func leafFunction(_ path: CommandPath) -> String {
    let specifications =
      path.offeredSpecifications.flatMap(optionSpecifications) + positionalSpecifications(path)
    return """
      \(functionName(path))() {
          _arguments -s -S : \\
              \(specifications.joined(separator: " \\\n        "))
      }

      """
  }

  private func groupFunction(_ path: CommandPath) -> String {
    let specifications = path.offeredSpecifications.flatMap(optionSpecifications)
    let commands = path.children.map { child in
      "\(child.command.name):\(child.command.summary)".quotedForShell
    }
    let cases = path.children.map { child in
      "                \(child.command.name)) \(functionName(child)) ;;"
    }
    return """
      \(functionName(path))() {
          local context state state_descr line curcontext=$curcontext
          local -A opt_args
          _arguments -C -S : \\
              \(specifications.joined(separator: " \\\n        ")) \\
              '1: :->command' \\
              '*:: :->arguments'
          case $state in
              command)
                  local -a commands=(
                      \(commands.joined(separator: "\n                "))
                  )
                  _describe -t commands command commands
                  ;;
              arguments)
                  curcontext=${curcontext%:*:*}:\(path.words.joined(separator: "-"))-$line[1]:
                  case $line[1] in
      \(cases.joined(separator: "\n"))
                  esac
                  ;;
          esac
      }

      """
  }

  private func optionSpecifications(_ specification: ArgumentSpecification) -> [String] {
    let spellings = specification.spellings
    let exclusions = specification.isRepeatable ? "" : "(\(spellings.joined(separator: " ")))"
    let repetition = specification.isRepeatable ? "*" : ""
    return spellings.map { spelling in
      var text = exclusions + repetition + spelling
      // "=" and "+": the value may be attached or be the next word.
      if specification.takesValue { text += spelling.hasPrefix("--") ? "=" : "+" }
      text += "[\(escaped(specification.help))]"
      if specification.takesValue {
        text += ":\(escaped(specification.placeholder)):\(action(specification.completion))"
      }
      return text.quotedForShell
    }
  }

  private func positionalSpecifications(_ path: CommandPath) -> [String] {
    if path.command.name == "help", path.commands.count == 2 {
      let names = paths.filter { $0.commands.count == 2 }.map(\.command.name)
      return ["1:command:(\(names.joined(separator: " ")))".quotedForShell]
    }
    return path.command.positionals.enumerated().map { index, positional in
      // Two colons mark what may be left out.
      let place = positional.isRepeatable ? "*" : "\(index + 1)"
      let colon = positional.isRequired || positional.isRepeatable ? ":" : "::"
      return "\(place)\(colon)\(escaped(positional.name)):\(action(positional.completion))"
        .quotedForShell
    }
  }

  private func action(_ completion: CompletionKind) -> String {
    switch completion {
    case .none: return " "
    case .directories: return "_files -/"
    case .files(let extensions):
      if extensions.isEmpty { return "_files" }
      return "_files -g \"*.(\(extensions.joined(separator: "|")))(-.)\""
    case .values(let choices):
      if choices.allSatisfy(\.summary.isEmpty) {
        return "(\(choices.map { escaped($0.name) }.joined(separator: " ")))"
      }
      let described = choices.map { choice in
        "\(escaped(choice.name))\\:\"\(escaped(choice.summary, quoted: true))\""
      }
      return "((\(described.joined(separator: " "))))"
    case .list(let element):
      if element.choices.isEmpty { return action(element) }
      let values = element.choices.map { choice in
        let summary = choice.summary.isEmpty ? "" : "[\(escaped(choice.summary, quoted: true))]"
        return "\"\(escaped(choice.name, quoted: true))\(summary)\""
      }
      return "_values -s , value \(values.joined(separator: " "))"
    }
  }

  /// The text with everything escaped that `_arguments` gives a meaning.
  private func escaped(_ text: String, quoted: Bool = false) -> String {
    var result = ""
    for character in text {
      if ":[]\\".contains(character) || (quoted && "\"$`".contains(character)) { result += "\\" }
      result.append(character)
    }
    return result
  }
}

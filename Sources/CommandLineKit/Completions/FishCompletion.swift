/// A fish completion script: one function that finds the command, one `complete` an argument.
struct FishCompletion {
  let tool: CommandLineTool

  private var paths: [CommandPath] { CommandPath(root: tool.root).subtree }
  private var function: String { "__" + tool.name.asFunctionName }

  var script: String {
    """
    # fish completion for \(tool.name)
    # Made by '\(tool.name) completions fish'.

    # Prints the command path before the cursor and the number of positionals after it.
    function \(function)_state
        set -l words (commandline -opc) (commandline -ct)
        set -e words[1]
        set -e words[-1]
        set -l path ''
        set -l positionals 0
        set -l skip 0
        set -l ended 0
        for word in $words
            if test $skip = 1
                set skip 0
                continue
            end
            if test $ended = 1
                set positionals (math $positionals + 1)
                continue
            end
    \(defaultCommandCase)        switch $word
                case --
                    set ended 1
                case '--*=*'
                case '-?*'
                    if contains -- "$path:$word" \(valueOptionKeys)
                        set skip 1
                    end
                case '*'
                    if contains -- "$path/$word" \(commandKeys)
                        set path "$path/$word"
                    else
                        set positionals (math $positionals + 1)
                    end
            end
        end
        echo "$path:$positionals"
    end

    function \(function)_is -a path
        string match -q -- "$path:*" (\(function)_state)
    end

    function \(function)_expects -a state
        string match -q -- $state (\(function)_state)
    end

    # Directories and the files with these endings.
    function \(function)_files
        set -l written (string replace -r -- '^--?[^=]*=' '' (commandline -ct))
        set -l names (__fish_complete_path $written)
        string match -r -- '^[^\\t]*/(?:\\t.*)?$' $names
        for ending in $argv
            string match -r -- '^[^\\t]*\\.'$ending'(?:\\t.*)?$' $names
        end
    end

    # The choices of a comma-separated list, each after what is already written.
    function \(function)_list
        set -l written (string replace -r -- '^--?[^=]*=' '' (commandline -ct))
        set -l prefix (string match -r -- '^.*,' $written)
        for choice in $argv
            echo "$prefix$choice"
        end
    end

    complete -c \(tool.name) -f
    \(paths.flatMap(lines).joined(separator: "\n"))

    """
  }

  private var valueOptionKeys: String {
    let keys = paths.flatMap { path in
      path.offeredSpecifications.filter(\.takesValue).flatMap { specification in
        specification.spellings.map { "\(path.key):\($0)".quotedForFish }
      }
    }
    return keys.isEmpty ? "''" : keys.joined(separator: " ")
  }

  /// Selects the default subcommand once one of its own options is met at the level above.
  private var defaultCommandCase: String {
    paths.map { path in
      guard let child = path.defaultChild else { return "" }
      let keys = path.spellingsOfDefaultChild.map { "\(path.key):\($0)".quotedForFish }
      return """
                if contains -- "$path:"(string replace -r -- '=.*' '' $word) \(keys.joined(separator: " "))
                    set path \(child.key)
                end

        """
    }.joined()
  }

  private var commandKeys: String {
    paths.dropFirst().map(\.key.quotedForFish).joined(separator: " ")
  }

  private func lines(_ path: CommandPath) -> [String] {
    var lines: [String] = []
    for child in path.children {
      lines.append(
        line(
          "\(function)_expects \("\(path.key):0".quotedForFish)",
          "-a \(child.command.name)", child.command.summary))
    }
    if path.command.name == "help", path.commands.count == 2 {
      let names = paths.filter { $0.commands.count == 2 }.map(\.command.name)
      lines.append(
        line(
          "\(function)_expects '/help:0'", "-a \(names.joined(separator: " ").quotedForFish)", ""))
    } else {
      for (index, positional) in path.command.positionals.enumerated() {
        guard let action = action(positional.completion) else { continue }
        let state = positional.isRepeatable ? "\(path.key):*" : "\(path.key):\(index)"
        lines.append(line("\(function)_expects \(state.quotedForFish)", action, ""))
      }
    }
    for specification in path.offeredSpecifications {
      lines += optionLines(specification, condition: "\(function)_is \(path.key.quotedForFish)")
    }
    return lines
  }

  private func optionLines(_ specification: ArgumentSpecification, condition: String) -> [String] {
    var options = "-l \(specification.name)"
    if let letter = specification.shortName { options += " -s \(letter)" }
    if specification.takesValue {
      // -x: nothing but what is offered here; -r with -F: any file.
      let action = action(specification.completion) ?? ""
      options += action == "-F" ? " -r -F" : " -x \(action)".trimmingTrailingSpaces()
    }
    var lines = [line(condition, options, specification.help)]
    if specification.negatedName != nil {
      lines.append(line(condition, "-l no-\(specification.name)", specification.help))
    }
    return lines
  }

  private func line(_ condition: String, _ options: String, _ description: String) -> String {
    let text = "complete -c \(tool.name) -n \(condition.quotedForFish) \(options)"
    return description.isEmpty ? text : text + " -d \(description.quotedForFish)"
  }

  private func action(_ completion: CompletionKind) -> String? {
    switch completion {
    case .none: return nil
    case .directories: return "-a '(__fish_complete_directories)'"
    case .files(let extensions):
      if extensions.isEmpty { return "-F" }
      let endings = extensions.map(\.quotedForFish).joined(separator: " ")
      return "-a \("(\(function)_files \(endings))".quotedForFish)"
    case .values(let choices):
      let words = choices.map { choice in
        // A tab separates a candidate from its description.
        choice.summary.isEmpty ? choice.name : "\(choice.name)\\t\(choice.summary.quotedForFish)"
      }
      return "-a \(words.joined(separator: " ").quotedForFish)"
    case .list(let element):
      if element.choices.isEmpty { return action(element) }
      let names = element.choices.map(\.name.quotedForFish).joined(separator: " ")
      return "-a \("(\(function)_list \(names))".quotedForFish)"
    }
  }
}

extension String {
  /// The text as one word of fish, whose single quotes know two escapes.
  fileprivate var quotedForFish: String {
    "'" + replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}

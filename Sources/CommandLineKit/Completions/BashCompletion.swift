/// A bash completion script that needs nothing but bash.
///
/// It walks the words before the cursor as the parser does, so it knows the command, the option
/// whose value is due and the number of positionals; `=` may or may not separate words.
struct BashCompletion {
  let tool: CommandLineTool

  private var paths: [CommandPath] { CommandPath(root: tool.root).subtree }
  private var function: String { "_" + tool.name.asFunctionName }

  var script: String {
    """
    # bash completion for \(tool.name)
    # Made by '\(tool.name) completions bash'.

    \(helpers)
    \(function)() {
        local current=${COMP_WORDS[COMP_CWORD]}
        local prefix='' command='' option='' ended='' word
        local -i index positionals=0
        COMPREPLY=()

        for ((index = 1; index < COMP_CWORD; index++)); do
            word=${COMP_WORDS[index]}
            # Readline makes '=' a word of its own; the value follows it.
            [[ $word == '=' ]] && continue
            if [[ -n $option ]]; then
                option=''
                continue
            fi
            if [[ -n $ended ]]; then
                positionals+=1
                continue
            fi
    \(defaultCommandCase)        case $word in
                --) ended=1 ;;
                --*=*) ;;
                -?*)
                    case "$command:$word" in
    \(valueOptionPatterns)                esac
                    ;;
                *)
                    case "$command/$word" in
    \(subcommandPatterns)                    *) positionals+=1 ;;
                    esac
                    ;;
            esac
        done

        if [[ -n $option ]]; then
            [[ $current == '=' ]] && current=''
        elif [[ -z $ended && $current == --*=* ]]; then
            option=${current%%=*}
            prefix=$option=
            current=${current#*=}
        fi

        if [[ -n $option ]]; then
            case "$command:$option" in
    \(valueCases)        esac
        elif [[ -z $ended && $current == -* ]]; then
            case $command in
    \(optionCases)        esac
        else
            case "$command:$positionals" in
    \(positionalCases)        esac
        fi
    }

    complete -F \(function) \(tool.name)

    """
  }

  private var helpers: String {
    """
    \(function)_words() {
        local candidate
        for candidate in "$@"; do
            [[ $candidate == "$current"* ]] && COMPREPLY+=("$prefix$candidate")
        done
    }

    \(function)_list() {
        # Only the item after the last comma is being written.
        if [[ $current == *,* ]]; then
            prefix=$prefix${current%,*},
            current=${current##*,}
        fi
        compopt -o nospace 2>/dev/null
        \(function)_words "$@"
    }

    \(function)_files() {
        local extension name
        if [[ $current == *[\\\\\\"\\'\\~\\$\\`]* ]]; then
            # Readline knows how to complete after quotes and tildes.
            compopt -o default 2>/dev/null
            return
        fi
        compopt -o filenames 2>/dev/null
        while IFS= read -r name; do COMPREPLY+=("$prefix$name"); done < <(
            compgen -d -- "$current"
            if (($# == 0)); then
                compgen -f -- "$current" | while IFS= read -r name; do
                    [[ -d $name ]] || printf '%s\\n' "$name"
                done
            fi
            for extension in "$@"; do
                compgen -f -X "!*.$extension" -- "$current" | while IFS= read -r name; do
                    [[ -d $name ]] || printf '%s\\n' "$name"
                done
            done
        )
    }

    \(function)_directories() {
        local name
        compopt -o filenames 2>/dev/null
        while IFS= read -r name; do COMPREPLY+=("$prefix$name"); done < <(compgen -d -- "$current")
    }

    """
  }

  /// Selects the default subcommand once one of its own options is met at the level above.
  private var defaultCommandCase: String {
    paths.map { path in
      guard let child = path.defaultChild else { return "" }
      let patterns = path.spellingsOfDefaultChild.map { "\(path.key):\($0)".quotedForShell }
      return """
                case "$command:${word%%=*}" in
                    \(patterns.joined(separator: " | \\\n            "))) command=\(child.key) ;;
                esac

        """
    }.joined()
  }

  private var valueOptionPatterns: String {
    let patterns = paths.flatMap { path in
      path.offeredSpecifications.filter(\.takesValue).flatMap { specification in
        specification.spellings.map { "\(path.key):\($0)".quotedForShell }
      }
    }
    guard !patterns.isEmpty else { return "" }
    return """
                          \(patterns.joined(separator: " | \\\n                    "))) option=$word ;;

      """
  }

  private var subcommandPatterns: String {
    paths.dropFirst().map { path in
      "                    \(path.key.quotedForShell)) command=\(path.key) ;;\n"
    }.joined()
  }

  private var valueCases: String {
    paths.flatMap { path in
      path.offeredSpecifications.filter(\.takesValue).compactMap { specification in
        action(specification.completion).map { action in
          let patterns = specification.spellings.map { "\(path.key):\($0)".quotedForShell }
          return "            \(patterns.joined(separator: " | "))) \(action) ;;\n"
        }
      }
    }.joined()
  }

  private var optionCases: String {
    paths.map { path in
      let words = path.offeredSpecifications.flatMap(\.spellings).map(\.quotedForShell)
      return
        "            \(path.key.quotedForShell)) \(function)_words \(words.joined(separator: " ")) ;;\n"
    }.joined()
  }

  private var positionalCases: String {
    paths.map(positionalCase).joined()
  }

  private func positionalCase(_ path: CommandPath) -> String {
    var text = ""
    if !path.children.isEmpty {
      let words = path.children.map(\.command.name.quotedForShell).joined(separator: " ")
      text += "            \("\(path.key):0".quotedForShell)) \(function)_words \(words) ;;\n"
    }
    if path.command.name == "help", path.commands.count == 2 {
      // The words of 'help' are the tool's commands.
      let words = paths.dropFirst().filter { $0.commands.count == 2 }
        .map(\.command.name.quotedForShell).joined(separator: " ")
      return "            '/help:0') \(function)_words \(words) ;;\n"
    }
    for (index, positional) in path.command.positionals.enumerated() {
      guard let action = action(positional.completion) else { continue }
      let pattern =
        positional.isRepeatable
        ? "\(path.key.quotedForShell):*" : "\(path.key):\(index)".quotedForShell
      text += "            \(pattern)) \(action) ;;\n"
    }
    return text
  }

  private func action(_ completion: CompletionKind) -> String? {
    switch completion {
    case .none: nil
    case .directories: "\(function)_directories"
    case .files(let extensions):
      ([function + "_files"] + extensions.map(\.quotedForShell)).joined(separator: " ")
    case .values(let choices):
      ([function + "_words"] + choices.map(\.name.quotedForShell)).joined(separator: " ")
    case .list(let element):
      element.choices.isEmpty
        ? action(element)
        : ([function + "_list"] + element.choices.map(\.name.quotedForShell))
          .joined(separator: " ")
    }
  }
}

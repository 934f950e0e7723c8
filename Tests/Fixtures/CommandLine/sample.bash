# bash completion for sample
# Made by 'sample completions bash'.

_sample_words() {
    local candidate
    for candidate in "$@"; do
        [[ $candidate == "$current"* ]] && COMPREPLY+=("$prefix$candidate")
    done
}

_sample_list() {
    # Only the item after the last comma is being written.
    if [[ $current == *,* ]]; then
        prefix=$prefix${current%,*},
        current=${current##*,}
    fi
    compopt -o nospace 2>/dev/null
    _sample_words "$@"
}

_sample_files() {
    local extension name
    if [[ $current == *[\\\"\'\~\$\`]* ]]; then
        # Readline knows how to complete after quotes and tildes.
        compopt -o default 2>/dev/null
        return
    fi
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do COMPREPLY+=("$prefix$name"); done < <(
        compgen -d -- "$current"
        if (($# == 0)); then
            compgen -f -- "$current" | while IFS= read -r name; do
                [[ -d $name ]] || printf '%s\n' "$name"
            done
        fi
        for extension in "$@"; do
            compgen -f -X "!*.$extension" -- "$current" | while IFS= read -r name; do
                [[ -d $name ]] || printf '%s\n' "$name"
            done
        done
    )
}

_sample_directories() {
    local name
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do COMPREPLY+=("$prefix$name"); done < <(compgen -d -- "$current")
}

_sample() {
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
        case $word in
            --) ended=1 ;;
            --*=*) ;;
            -?*)
                case "$command:$word" in
                    ':--color' | \
                    '/convert:--epsilon' | \
                    '/convert:--note' | \
                    '/convert:--color' | \
                    '/classify:-w' | \
                    '/classify:--weights' | \
                    '/classify:--labels' | \
                    '/classify:--output-directory' | \
                    '/classify:-k' | \
                    '/classify:--top' | \
                    '/classify:--color' | \
                    '/measure:--lines' | \
                    '/measure:--wait' | \
                    '/measure:--color' | \
                    '/cache:--color' | \
                    '/cache/clear:--color' | \
                    '/cache/list:--color' | \
                    '/help:--color' | \
                    '/completions:--color') option=$word ;;
                esac
                ;;
            *)
                case "$command/$word" in
                    '/convert') command=/convert ;;
                    '/classify') command=/classify ;;
                    '/measure') command=/measure ;;
                    '/cache') command=/cache ;;
                    '/cache/clear') command=/cache/clear ;;
                    '/cache/list') command=/cache/list ;;
                    '/help') command=/help ;;
                    '/completions') command=/completions ;;
                    *) positionals+=1 ;;
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
            ':--color') _sample_words 'auto' 'always' 'never' ;;
            '/convert:--color') _sample_words 'auto' 'always' 'never' ;;
            '/classify:-w' | '/classify:--weights') _sample_files 'pth' 'safetensors' ;;
            '/classify:--labels') _sample_files 'txt' ;;
            '/classify:--output-directory') _sample_directories ;;
            '/classify:--color') _sample_words 'auto' 'always' 'never' ;;
            '/measure:--color') _sample_words 'auto' 'always' 'never' ;;
            '/cache:--color') _sample_words 'auto' 'always' 'never' ;;
            '/cache/clear:--color') _sample_words 'auto' 'always' 'never' ;;
            '/cache/list:--color') _sample_words 'auto' 'always' 'never' ;;
            '/help:--color') _sample_words 'auto' 'always' 'never' ;;
            '/completions:--color') _sample_words 'auto' 'always' 'never' ;;
        esac
    elif [[ -z $ended && $current == -* ]]; then
        case $command in
            '') _sample_words '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/convert') _sample_words '-f' '--force' '--json' '--epsilon' '--check' '--no-check' '--note' '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/classify') _sample_words '-w' '--weights' '--labels' '--output-directory' '-k' '--top' '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/measure') _sample_words '--lines' '--wait' '--ignore' '--fail' '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/cache') _sample_words '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/cache/clear') _sample_words '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/cache/list') _sample_words '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/help') _sample_words '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/completions') _sample_words '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
        esac
    else
        case "$command:$positionals" in
            ':0') _sample_words 'convert' 'classify' 'measure' 'cache' 'help' 'completions' ;;
            '/convert:0') _sample_files 'pth' 'safetensors' ;;
            '/convert:1') _sample_files 'safetensors' ;;
            '/classify':*) _sample_files ;;
            '/cache:0') _sample_words 'clear' 'list' ;;
            '/help:0') _sample_words 'convert' 'classify' 'measure' 'cache' 'help' 'completions' ;;
            '/completions:0') _sample_words 'bash' 'zsh' 'fish' ;;
        esac
    fi
}

complete -F _sample sample

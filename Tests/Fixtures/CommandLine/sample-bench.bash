# bash completion for sample-bench
# Made by 'sample-bench completions bash'.

_sample_bench_words() {
    local candidate
    for candidate in "$@"; do
        [[ $candidate == "$current"* ]] && COMPREPLY+=("$prefix$candidate")
    done
}

_sample_bench_list() {
    # Only the item after the last comma is being written.
    if [[ $current == *,* ]]; then
        prefix=$prefix${current%,*},
        current=${current##*,}
    fi
    compopt -o nospace 2>/dev/null
    _sample_bench_words "$@"
}

_sample_bench_files() {
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

_sample_bench_directories() {
    local name
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do COMPREPLY+=("$prefix$name"); done < <(compgen -d -- "$current")
}

_sample_bench() {
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
        case "$command:${word%%=*}" in
            ':--model' | \
            ':--weights' | \
            ':--form' | \
            ':-b' | \
            ':--batch' | \
            ':-t' | \
            ':--threads' | \
            ':--size' | \
            ':--min-time' | \
            ':--seed' | \
            ':--format' | \
            ':--progress' | \
            ':--no-progress') command=/run ;;
        esac
        case $word in
            --) ended=1 ;;
            --*=*) ;;
            -?*)
                case "$command:$word" in
                    ':--model' | \
                    ':--weights' | \
                    ':--form' | \
                    ':-b' | \
                    ':--batch' | \
                    ':-t' | \
                    ':--threads' | \
                    ':--size' | \
                    ':--min-time' | \
                    ':--seed' | \
                    ':--format' | \
                    ':--color' | \
                    '/run:--model' | \
                    '/run:--weights' | \
                    '/run:--form' | \
                    '/run:-b' | \
                    '/run:--batch' | \
                    '/run:-t' | \
                    '/run:--threads' | \
                    '/run:--size' | \
                    '/run:--min-time' | \
                    '/run:--seed' | \
                    '/run:--format' | \
                    '/run:--color' | \
                    '/compare:--color' | \
                    '/help:--color' | \
                    '/completions:--color') option=$word ;;
                esac
                ;;
            *)
                case "$command/$word" in
                    '/run') command=/run ;;
                    '/compare') command=/compare ;;
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
            ':--model') _sample_bench_list 'A0' 'A1' 'B1' 'B1g2' ;;
            ':--weights') _sample_bench_files 'pth' 'safetensors' ;;
            ':--form') _sample_bench_list 'plain' 'branched' 'folded' ;;
            ':--format') _sample_bench_words 'text' 'json' 'csv' ;;
            ':--color') _sample_bench_words 'auto' 'always' 'never' ;;
            '/run:--model') _sample_bench_list 'A0' 'A1' 'B1' 'B1g2' ;;
            '/run:--weights') _sample_bench_files 'pth' 'safetensors' ;;
            '/run:--form') _sample_bench_list 'plain' 'branched' 'folded' ;;
            '/run:--format') _sample_bench_words 'text' 'json' 'csv' ;;
            '/run:--color') _sample_bench_words 'auto' 'always' 'never' ;;
            '/compare:--color') _sample_bench_words 'auto' 'always' 'never' ;;
            '/help:--color') _sample_bench_words 'auto' 'always' 'never' ;;
            '/completions:--color') _sample_bench_words 'auto' 'always' 'never' ;;
        esac
    elif [[ -z $ended && $current == -* ]]; then
        case $command in
            '') _sample_bench_words '--model' '--weights' '--form' '-b' '--batch' '-t' '--threads' '--size' '--min-time' '--seed' '--format' '--progress' '--no-progress' '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/run') _sample_bench_words '--model' '--weights' '--form' '-b' '--batch' '-t' '--threads' '--size' '--min-time' '--seed' '--format' '--progress' '--no-progress' '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/compare') _sample_bench_words '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/help') _sample_bench_words '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
            '/completions') _sample_bench_words '--color' '-q' '--quiet' '-h' '--help' '--version' ;;
        esac
    else
        case "$command:$positionals" in
            ':0') _sample_bench_words 'run' 'compare' 'help' 'completions' ;;
            '/compare:0') _sample_bench_files 'json' ;;
            '/compare:1') _sample_bench_files 'json' ;;
            '/help:0') _sample_bench_words 'run' 'compare' 'help' 'completions' ;;
            '/completions:0') _sample_bench_words 'bash' 'zsh' 'fish' ;;
        esac
    fi
}

complete -F _sample_bench sample-bench

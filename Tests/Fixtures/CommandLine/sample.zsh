#compdef sample
# Made by 'sample completions zsh'.

__sample() {
    local context state state_descr line curcontext=$curcontext
    local -A opt_args
    _arguments -C -S : \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]' \
        '1: :->command' \
        '*:: :->arguments'
    case $state in
        command)
            local -a commands=(
                'convert:Merge the branches of a checkpoint'
                'classify:Name what images show'
                'measure:Measure for a while'
                'cache:Look after the cache of plans'
                'help:Show help for the tool or a command'
                'completions:Print a shell'\''s completion script'
            )
            _describe -t commands command commands
            ;;
        arguments)
            curcontext=${curcontext%:*:*}:sample-$line[1]:
            case $line[1] in
                convert) __sample__convert ;;
                classify) __sample__classify ;;
                measure) __sample__measure ;;
                cache) __sample__cache ;;
                help) __sample__help ;;
                completions) __sample__completions ;;
            esac
            ;;
    esac
}

__sample__convert() {
    _arguments -s -S : \
        '(-f --force)-f[Replace OUT where it exists.]' \
        '(-f --force)--force[Replace OUT where it exists.]' \
        '(--json)--json[Print a JSON report instead of text.]' \
        '(--epsilon)--epsilon=[Batch-norm epsilon.]:X: ' \
        '(--check --no-check)--check[Compare both forms on random inputs.]' \
        '(--check --no-check)--no-check[Compare both forms on random inputs.]' \
        '*--note=[Text to add to the metadata.]:KEY=VALUE: ' \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]' \
        '1:IN:_files -g "*.(pth|safetensors)(-.)"' \
        '2:OUT:_files -g "*.(safetensors)(-.)"'
}

__sample__classify() {
    _arguments -s -S : \
        '(-w --weights)-w+[Checkpoint to run.]:FILE:_files -g "*.(pth|safetensors)(-.)"' \
        '(-w --weights)--weights=[Checkpoint to run.]:FILE:_files -g "*.(pth|safetensors)(-.)"' \
        '(--labels)--labels=[Names of the classes.]:FILE:_files -g "*.(txt)(-.)"' \
        '(--output-directory)--output-directory=[Directory for one file an image.]:DIR:_files -/' \
        '(-k --top)-k+[How many classes to print.]:N: ' \
        '(-k --top)--top=[How many classes to print.]:N: ' \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]' \
        '*:FILE:_files'
}

__sample__measure() {
    _arguments -s -S : \
        '(--lines)--lines=[Lines to print.]:N: ' \
        '(--wait)--wait=[How long to work.]:TIME: ' \
        '(--ignore)--ignore[Do not look whether the work is interrupted.]' \
        '(--fail)--fail[Fail as a command does that meets bad data.]' \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]'
}

__sample__cache() {
    local context state state_descr line curcontext=$curcontext
    local -A opt_args
    _arguments -C -S : \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]' \
        '1: :->command' \
        '*:: :->arguments'
    case $state in
        command)
            local -a commands=(
                'clear:Empty the cache'
                'list:List the cache'\''s entries'
            )
            _describe -t commands command commands
            ;;
        arguments)
            curcontext=${curcontext%:*:*}:sample-cache-$line[1]:
            case $line[1] in
                clear) __sample__cache__clear ;;
                list) __sample__cache__list ;;
            esac
            ;;
    esac
}

__sample__cache__clear() {
    _arguments -s -S : \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]'
}

__sample__cache__list() {
    _arguments -s -S : \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]'
}

__sample__help() {
    _arguments -s -S : \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]' \
        '1:command:(convert classify measure cache help completions)'
}

__sample__completions() {
    _arguments -s -S : \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]' \
        '1:SHELL:(bash zsh fish)'
}

# Read as a file by the completion system it completes at once; sourced, it registers itself.
if [[ $funcstack[1] == _sample ]]; then
    __sample "$@"
else
    compdef __sample sample
fi

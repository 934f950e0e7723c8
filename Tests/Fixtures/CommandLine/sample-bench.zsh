#compdef sample-bench
# Made by 'sample-bench completions zsh'.

__sample_bench() {
    local context state state_descr line curcontext=$curcontext
    local -A opt_args
    _arguments -C -S : \
        '*--model=[Architectures to measure.]:NAME,...:_values -s , value "A0" "A1" "B1" "B1g2"' \
        '(--weights)--weights=[Checkpoint to measure.]:FILE:_files -g "*.(pth|safetensors)(-.)"' \
        '*--form=[Forms to measure.]:FORM,...:_values -s , value "plain[one convolution a block]" "branched[as trained\: \[3x3\] + 1x1 + \"identity\"]" "folded[batch norms folded]"' \
        '*-b+[Batch sizes.]:N,...: ' \
        '*--batch=[Batch sizes.]:N,...: ' \
        '*-t+[Thread counts.]:N,...: ' \
        '*--threads=[Thread counts.]:N,...: ' \
        '*--size=[Input sizes.]:HxW,...: ' \
        '(--min-time)--min-time=[Time to measure each scenario at least.]:TIME: ' \
        '(--seed)--seed=[Seed of random weights.]:N: ' \
        '(--format)--format=[How results are printed.]:FORMAT:(text json csv)' \
        '(--progress --no-progress)--progress[Show progress on standard error.]' \
        '(--progress --no-progress)--no-progress[Show progress on standard error.]' \
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
                'run:Measure forms side by side'
                'compare:Compare two results'
                'help:Show help for the tool or a command'
                'completions:Print a shell'\''s completion script'
            )
            _describe -t commands command commands
            ;;
        arguments)
            curcontext=${curcontext%:*:*}:sample-bench-$line[1]:
            case $line[1] in
                run) __sample_bench__run ;;
                compare) __sample_bench__compare ;;
                help) __sample_bench__help ;;
                completions) __sample_bench__completions ;;
            esac
            ;;
    esac
}

__sample_bench__run() {
    _arguments -s -S : \
        '*--model=[Architectures to measure.]:NAME,...:_values -s , value "A0" "A1" "B1" "B1g2"' \
        '(--weights)--weights=[Checkpoint to measure.]:FILE:_files -g "*.(pth|safetensors)(-.)"' \
        '*--form=[Forms to measure.]:FORM,...:_values -s , value "plain[one convolution a block]" "branched[as trained\: \[3x3\] + 1x1 + \"identity\"]" "folded[batch norms folded]"' \
        '*-b+[Batch sizes.]:N,...: ' \
        '*--batch=[Batch sizes.]:N,...: ' \
        '*-t+[Thread counts.]:N,...: ' \
        '*--threads=[Thread counts.]:N,...: ' \
        '*--size=[Input sizes.]:HxW,...: ' \
        '(--min-time)--min-time=[Time to measure each scenario at least.]:TIME: ' \
        '(--seed)--seed=[Seed of random weights.]:N: ' \
        '(--format)--format=[How results are printed.]:FORMAT:(text json csv)' \
        '(--progress --no-progress)--progress[Show progress on standard error.]' \
        '(--progress --no-progress)--no-progress[Show progress on standard error.]' \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]'
}

__sample_bench__compare() {
    _arguments -s -S : \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]' \
        '1:OLD:_files -g "*.(json)(-.)"' \
        '2:NEW:_files -g "*.(json)(-.)"'
}

__sample_bench__help() {
    _arguments -s -S : \
        '(--color)--color=[When to colour output. NO_COLOR and FORCE_COLOR are honoured.]:WHEN:(auto always never)' \
        '(-q --quiet)-q[Print results and errors, nothing else.]' \
        '(-q --quiet)--quiet[Print results and errors, nothing else.]' \
        '(-h --help)-h[Show help and exit.]' \
        '(-h --help)--help[Show help and exit.]' \
        '(--version)--version[Show the version and exit.]' \
        '1:command:(run compare help completions)'
}

__sample_bench__completions() {
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
if [[ $funcstack[1] == _sample-bench ]]; then
    __sample_bench "$@"
else
    compdef __sample_bench sample-bench
fi

# fish completion for sample-bench
# Made by 'sample-bench completions fish'.

# Prints the command path before the cursor and the number of positionals after it.
function __sample_bench_state
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
        if contains -- "$path:"(string replace -r -- '=.*' '' $word) ':--model' ':--weights' ':--form' ':-b' ':--batch' ':-t' ':--threads' ':--size' ':--min-time' ':--seed' ':--format' ':--progress' ':--no-progress'
            set path /run
        end
        switch $word
            case --
                set ended 1
            case '--*=*'
            case '-?*'
                if contains -- "$path:$word" ':--model' ':--weights' ':--form' ':-b' ':--batch' ':-t' ':--threads' ':--size' ':--min-time' ':--seed' ':--format' ':--color' '/run:--model' '/run:--weights' '/run:--form' '/run:-b' '/run:--batch' '/run:-t' '/run:--threads' '/run:--size' '/run:--min-time' '/run:--seed' '/run:--format' '/run:--color' '/compare:--color' '/help:--color' '/completions:--color'
                    set skip 1
                end
            case '*'
                if contains -- "$path/$word" '/run' '/compare' '/help' '/completions'
                    set path "$path/$word"
                else
                    set positionals (math $positionals + 1)
                end
        end
    end
    echo "$path:$positionals"
end

function __sample_bench_is -a path
    string match -q -- "$path:*" (__sample_bench_state)
end

function __sample_bench_expects -a state
    string match -q -- $state (__sample_bench_state)
end

# Directories and the files with these endings.
function __sample_bench_files
    set -l written (string replace -r -- '^--?[^=]*=' '' (commandline -ct))
    set -l names (__fish_complete_path $written)
    string match -r -- '^[^\t]*/(?:\t.*)?$' $names
    for ending in $argv
        string match -r -- '^[^\t]*\.'$ending'(?:\t.*)?$' $names
    end
end

# The choices of a comma-separated list, each after what is already written.
function __sample_bench_list
    set -l written (string replace -r -- '^--?[^=]*=' '' (commandline -ct))
    set -l prefix (string match -r -- '^.*,' $written)
    for choice in $argv
        echo "$prefix$choice"
    end
end

complete -c sample-bench -f
complete -c sample-bench -n '__sample_bench_expects \':0\'' -a run -d 'Measure forms side by side'
complete -c sample-bench -n '__sample_bench_expects \':0\'' -a compare -d 'Compare two results'
complete -c sample-bench -n '__sample_bench_expects \':0\'' -a help -d 'Show help for the tool or a command'
complete -c sample-bench -n '__sample_bench_expects \':0\'' -a completions -d 'Print a shell\'s completion script'
complete -c sample-bench -n '__sample_bench_is \'\'' -l model -x -a '(__sample_bench_list \'A0\' \'A1\' \'B1\' \'B1g2\')' -d 'Architectures to measure.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l weights -x -a '(__sample_bench_files \'pth\' \'safetensors\')' -d 'Checkpoint to measure.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l form -x -a '(__sample_bench_list \'plain\' \'branched\' \'folded\')' -d 'Forms to measure.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l batch -s b -x -d 'Batch sizes.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l threads -s t -x -d 'Thread counts.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l size -x -d 'Input sizes.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l min-time -x -d 'Time to measure each scenario at least.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l seed -x -d 'Seed of random weights.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l format -x -a 'text json csv' -d 'How results are printed.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l progress -d 'Show progress on standard error.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l no-progress -d 'Show progress on standard error.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l help -s h -d 'Show help and exit.'
complete -c sample-bench -n '__sample_bench_is \'\'' -l version -d 'Show the version and exit.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l model -x -a '(__sample_bench_list \'A0\' \'A1\' \'B1\' \'B1g2\')' -d 'Architectures to measure.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l weights -x -a '(__sample_bench_files \'pth\' \'safetensors\')' -d 'Checkpoint to measure.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l form -x -a '(__sample_bench_list \'plain\' \'branched\' \'folded\')' -d 'Forms to measure.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l batch -s b -x -d 'Batch sizes.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l threads -s t -x -d 'Thread counts.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l size -x -d 'Input sizes.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l min-time -x -d 'Time to measure each scenario at least.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l seed -x -d 'Seed of random weights.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l format -x -a 'text json csv' -d 'How results are printed.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l progress -d 'Show progress on standard error.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l no-progress -d 'Show progress on standard error.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l help -s h -d 'Show help and exit.'
complete -c sample-bench -n '__sample_bench_is \'/run\'' -l version -d 'Show the version and exit.'
complete -c sample-bench -n '__sample_bench_expects \'/compare:0\'' -a '(__sample_bench_files \'json\')'
complete -c sample-bench -n '__sample_bench_expects \'/compare:1\'' -a '(__sample_bench_files \'json\')'
complete -c sample-bench -n '__sample_bench_is \'/compare\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample-bench -n '__sample_bench_is \'/compare\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample-bench -n '__sample_bench_is \'/compare\'' -l help -s h -d 'Show help and exit.'
complete -c sample-bench -n '__sample_bench_is \'/compare\'' -l version -d 'Show the version and exit.'
complete -c sample-bench -n '__sample_bench_expects \'/help:0\'' -a 'run compare help completions'
complete -c sample-bench -n '__sample_bench_is \'/help\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample-bench -n '__sample_bench_is \'/help\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample-bench -n '__sample_bench_is \'/help\'' -l help -s h -d 'Show help and exit.'
complete -c sample-bench -n '__sample_bench_is \'/help\'' -l version -d 'Show the version and exit.'
complete -c sample-bench -n '__sample_bench_expects \'/completions:0\'' -a 'bash zsh fish'
complete -c sample-bench -n '__sample_bench_is \'/completions\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample-bench -n '__sample_bench_is \'/completions\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample-bench -n '__sample_bench_is \'/completions\'' -l help -s h -d 'Show help and exit.'
complete -c sample-bench -n '__sample_bench_is \'/completions\'' -l version -d 'Show the version and exit.'

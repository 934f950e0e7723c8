# fish completion for sample
# Made by 'sample completions fish'.

# Prints the command path before the cursor and the number of positionals after it.
function __sample_state
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
        switch $word
            case --
                set ended 1
            case '--*=*'
            case '-?*'
                if contains -- "$path:$word" ':--color' '/convert:--epsilon' '/convert:--note' '/convert:--color' '/classify:-w' '/classify:--weights' '/classify:--labels' '/classify:--output-directory' '/classify:-k' '/classify:--top' '/classify:--color' '/measure:--lines' '/measure:--wait' '/measure:--color' '/cache:--color' '/cache/clear:--color' '/cache/list:--color' '/help:--color' '/completions:--color'
                    set skip 1
                end
            case '*'
                if contains -- "$path/$word" '/convert' '/classify' '/measure' '/cache' '/cache/clear' '/cache/list' '/help' '/completions'
                    set path "$path/$word"
                else
                    set positionals (math $positionals + 1)
                end
        end
    end
    echo "$path:$positionals"
end

function __sample_is -a path
    string match -q -- "$path:*" (__sample_state)
end

function __sample_expects -a state
    string match -q -- $state (__sample_state)
end

# Directories and the files with these endings.
function __sample_files
    set -l written (string replace -r -- '^--?[^=]*=' '' (commandline -ct))
    set -l names (__fish_complete_path $written)
    string match -r -- '^[^\t]*/(?:\t.*)?$' $names
    for ending in $argv
        string match -r -- '^[^\t]*\.'$ending'(?:\t.*)?$' $names
    end
end

# The choices of a comma-separated list, each after what is already written.
function __sample_list
    set -l written (string replace -r -- '^--?[^=]*=' '' (commandline -ct))
    set -l prefix (string match -r -- '^.*,' $written)
    for choice in $argv
        echo "$prefix$choice"
    end
end

complete -c sample -f
complete -c sample -n '__sample_expects \':0\'' -a convert -d 'Merge the branches of a checkpoint'
complete -c sample -n '__sample_expects \':0\'' -a classify -d 'Name what images show'
complete -c sample -n '__sample_expects \':0\'' -a measure -d 'Measure for a while'
complete -c sample -n '__sample_expects \':0\'' -a cache -d 'Look after the cache of plans'
complete -c sample -n '__sample_expects \':0\'' -a help -d 'Show help for the tool or a command'
complete -c sample -n '__sample_expects \':0\'' -a completions -d 'Print a shell\'s completion script'
complete -c sample -n '__sample_is \'\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample -n '__sample_is \'\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample -n '__sample_is \'\'' -l help -s h -d 'Show help and exit.'
complete -c sample -n '__sample_is \'\'' -l version -d 'Show the version and exit.'
complete -c sample -n '__sample_expects \'/convert:0\'' -a '(__sample_files \'pth\' \'safetensors\')'
complete -c sample -n '__sample_expects \'/convert:1\'' -a '(__sample_files \'safetensors\')'
complete -c sample -n '__sample_is \'/convert\'' -l force -s f -d 'Replace OUT where it exists.'
complete -c sample -n '__sample_is \'/convert\'' -l json -d 'Print a JSON report instead of text.'
complete -c sample -n '__sample_is \'/convert\'' -l epsilon -x -d 'Batch-norm epsilon.'
complete -c sample -n '__sample_is \'/convert\'' -l check -d 'Compare both forms on random inputs.'
complete -c sample -n '__sample_is \'/convert\'' -l no-check -d 'Compare both forms on random inputs.'
complete -c sample -n '__sample_is \'/convert\'' -l note -x -d 'Text to add to the metadata.'
complete -c sample -n '__sample_is \'/convert\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample -n '__sample_is \'/convert\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample -n '__sample_is \'/convert\'' -l help -s h -d 'Show help and exit.'
complete -c sample -n '__sample_is \'/convert\'' -l version -d 'Show the version and exit.'
complete -c sample -n '__sample_expects \'/classify:*\'' -F
complete -c sample -n '__sample_is \'/classify\'' -l weights -s w -x -a '(__sample_files \'pth\' \'safetensors\')' -d 'Checkpoint to run.'
complete -c sample -n '__sample_is \'/classify\'' -l labels -x -a '(__sample_files \'txt\')' -d 'Names of the classes.'
complete -c sample -n '__sample_is \'/classify\'' -l output-directory -x -a '(__fish_complete_directories)' -d 'Directory for one file an image.'
complete -c sample -n '__sample_is \'/classify\'' -l top -s k -x -d 'How many classes to print.'
complete -c sample -n '__sample_is \'/classify\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample -n '__sample_is \'/classify\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample -n '__sample_is \'/classify\'' -l help -s h -d 'Show help and exit.'
complete -c sample -n '__sample_is \'/classify\'' -l version -d 'Show the version and exit.'
complete -c sample -n '__sample_is \'/measure\'' -l lines -x -d 'Lines to print.'
complete -c sample -n '__sample_is \'/measure\'' -l wait -x -d 'How long to work.'
complete -c sample -n '__sample_is \'/measure\'' -l ignore -d 'Do not look whether the work is interrupted.'
complete -c sample -n '__sample_is \'/measure\'' -l fail -d 'Fail as a command does that meets bad data.'
complete -c sample -n '__sample_is \'/measure\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample -n '__sample_is \'/measure\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample -n '__sample_is \'/measure\'' -l help -s h -d 'Show help and exit.'
complete -c sample -n '__sample_is \'/measure\'' -l version -d 'Show the version and exit.'
complete -c sample -n '__sample_expects \'/cache:0\'' -a clear -d 'Empty the cache'
complete -c sample -n '__sample_expects \'/cache:0\'' -a list -d 'List the cache\'s entries'
complete -c sample -n '__sample_is \'/cache\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample -n '__sample_is \'/cache\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample -n '__sample_is \'/cache\'' -l help -s h -d 'Show help and exit.'
complete -c sample -n '__sample_is \'/cache\'' -l version -d 'Show the version and exit.'
complete -c sample -n '__sample_is \'/cache/clear\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample -n '__sample_is \'/cache/clear\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample -n '__sample_is \'/cache/clear\'' -l help -s h -d 'Show help and exit.'
complete -c sample -n '__sample_is \'/cache/clear\'' -l version -d 'Show the version and exit.'
complete -c sample -n '__sample_is \'/cache/list\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample -n '__sample_is \'/cache/list\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample -n '__sample_is \'/cache/list\'' -l help -s h -d 'Show help and exit.'
complete -c sample -n '__sample_is \'/cache/list\'' -l version -d 'Show the version and exit.'
complete -c sample -n '__sample_expects \'/help:0\'' -a 'convert classify measure cache help completions'
complete -c sample -n '__sample_is \'/help\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample -n '__sample_is \'/help\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample -n '__sample_is \'/help\'' -l help -s h -d 'Show help and exit.'
complete -c sample -n '__sample_is \'/help\'' -l version -d 'Show the version and exit.'
complete -c sample -n '__sample_expects \'/completions:0\'' -a 'bash zsh fish'
complete -c sample -n '__sample_is \'/completions\'' -l color -x -a 'auto always never' -d 'When to colour output. NO_COLOR and FORCE_COLOR are honoured.'
complete -c sample -n '__sample_is \'/completions\'' -l quiet -s q -d 'Print results and errors, nothing else.'
complete -c sample -n '__sample_is \'/completions\'' -l help -s h -d 'Show help and exit.'
complete -c sample -n '__sample_is \'/completions\'' -l version -d 'Show the version and exit.'

/**
 * `completion SHELL`: what a shell has to be told so that it completes `pawl` as kubectl completes `kubectl pawl`. Invariant:
 * the scripts know no command and no option; they ask `pawl __complete`, which answers as kubectl_complete-pawl does.
 */
import type { Context } from '../context.ts';
import type { Exit } from '../errors.ts';

type Shell = 'bash' | 'zsh' | 'fish';

// The line is split by hand: bash's own words end at each = @ and :, which the paths and options of pawl have in them.
const bash = `# bash completion of pawl: source <(pawl completion bash)
_pawl() {
  local line=\${COMP_LINE:0:COMP_POINT} cur answer directive word
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  cur=\${words[\${#words[@]}-1]}
  answer=$("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null) || return
  directive=\${answer##*:}
  local kept=\${cur%"\${cur##*[$COMP_WORDBREAKS]}"}
  COMPREPLY=()
  while IFS= read -r word; do
    [[ $word == :* || -z $word ]] && continue
    word=\${word%%$'\\t'*}
    COMPREPLY+=("\${word#"$kept"}")
  done <<<"$answer"
  (( directive & 2 )) && compopt -o nospace
  (( directive & 4 )) && compopt +o default
  return 0
}
complete -o default -F _pawl pawl
`;

const zsh = `#compdef pawl
# zsh completion of pawl: source <(pawl completion zsh), or a file _pawl on the fpath
_pawl() {
  local -a lines found
  local line directive
  lines=("\${(@f)$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  directive=\${lines[-1]#:}
  for line in "\${(@)lines[1,-2]}"; do
    [[ -z $line ]] && continue
    if [[ $line == *$'\\t'* ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      found+=("\${line//:/\\\\:}")
    fi
  done
  local -a more
  (( directive & 2 )) && more=(-S '')
  (( $#found )) && _describe pawl found "\${more[@]}" && return
  (( directive & 4 )) || _files
}
if [[ \${funcstack[1]} == _pawl ]]; then _pawl "$@"; else compdef _pawl pawl; fi
`;

// Both conditions need the answer, in whatever order fish looks at them: it is asked for once a line.
const fish = `# fish completion of pawl: pawl completion fish | source
function __pawl_ask
    set -l line (commandline -cp)
    if not set -q __pawl_line; or test "$__pawl_line" != "$line"
        set -l words (commandline -opc)
        set -g __pawl_line "$line"
        set -g __pawl_directive 0
        set -g __pawl_answer ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
        if set -q __pawl_answer[1]
            set -g __pawl_directive (string replace -r '^:' '' -- $__pawl_answer[-1])
            set -e __pawl_answer[-1]
        end
    end
    set -q __pawl_answer[1]
end
function __pawl_takes_files
    __pawl_ask; and return 1
    test (math "bitand($__pawl_directive, 4)") -eq 0
end
complete -c pawl -e
complete -c pawl -f -n __pawl_ask -a '(string join \\n -- $__pawl_answer)'
complete -c pawl -F -n __pawl_takes_files
`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };

export async function completion({ terminal }: Context, shell: Shell): Promise<Exit> {
  terminal.out(scripts[shell]);
  return 0;
}

/** The shells that words can be completed in. */
export const completionShells = ['bash', 'zsh', 'fish'] as const;

export type CompletionShell = (typeof completionShells)[number];

/**
 * The script that a shell reads once. It knows no command: at each TAB it asks the corectl of the PATH, never a program that
 * was typed, for lines: `words` or `files` (then the shell completes names of files), and what may come next. Those are data
 * to it: nothing in them is expanded.
 */
export const scriptFor: Readonly<Record<CompletionShell, string>> = {
  // $2 is what bash will replace, which is less than a word where a : or = stands in it; bash 3.2 has no compopt
  bash: `_corectl() {
  local kind= word
  COMPREPLY=()
  {
    IFS= read -r kind
    while IFS= read -r word; do COMPREPLY+=("$word"); done
  } < <(command corectl complete bash -- "\${COMP_LINE:0:COMP_POINT}" "$2" </dev/null 2>/dev/null)
  [[ $kind == files ]] || compopt +o default 2>/dev/null
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[:=] ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _corectl corectl
`,
  zsh: `#compdef corectl
_corectl() {
  local kind value about
  local -a values shown open openShown
  {
    IFS= read -r kind
    while IFS=$'\\t' read -r value about; do
      if [[ $value == *[:=] ]]; then
        open+=("$value") openShown+=("$value\${about:+  -- $about}")
      else
        values+=("$value") shown+=("$value\${about:+  -- $about}")
      fi
    done
  } < <(command corectl complete zsh -- "\${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX" </dev/null 2>/dev/null)
  if [[ $kind == files ]]; then
    _files
    return
  fi
  local -a lines=(-l)
  [[ -n \${(M)shown:#*  -- *} ]] || lines=()
  local result=1
  (( $#values )) && compadd "\${lines[@]}" -d shown -a values && result=0
  (( $#open )) && compadd "\${lines[@]}" -S '' -d openShown -a open && result=0
  return result
}
if [[ \${funcstack[1]-} == _corectl ]]; then _corectl "$@"; else compdef _corectl corectl; fi
`,
  fish: `function __corectl_complete
    set -l line (commandline --cut-at-cursor --current-process | string collect)
    set -l answer (command corectl complete fish -- "$line" </dev/null 2>/dev/null)
    if test "$answer[1]" = files
        __fish_complete_path (commandline --cut-at-cursor --current-token)
    else if set -q answer[2]
        printf '%s\\n' $answer[2..-1]
    end
end
complete --command corectl --no-files --arguments '(__corectl_complete)'
`,
};

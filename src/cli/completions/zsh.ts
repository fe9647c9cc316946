/** The completion script for zsh: the same tables as for bash, with the purpose of each command and option beside it. */
import { encodeValues, flagsOf, renderBranch } from "./bash.ts";
import type { CommandSpec, OptionSpec } from "./spec.ts";

/** Returns the script, for `source <(okws completions zsh)` or as `_okws` in a folder of `fpath`. */
export function renderZsh(specs: readonly CommandSpec[]): string {
  return `#compdef okws
# zsh completion for okws, written by: okws completions zsh
# Use it now:      source <(okws completions zsh)
# In every shell:  okws completions zsh > "\${fpath[1]}/_okws"

_okws_spec() {
  commands=() options=() values=() arguments=() repeats=""
  case "$1" in
${specs.map(renderCommand).join("\n")}
  esac
}

# One kind of values: words:a,b  ask:servers  file  folder  free
_okws_values() {
  local -a list
  case "$1" in
    words:*) list=("\${(@s:,:)\${1#words:}}"); compadd -a list ;;
    ask:*)
      list=("\${(@f)$("$program" __values "\${1#ask:}" $server $where 2>/dev/null)}")
      # A channel alone is half a path.
      local -a halves=("\${(@M)list:#*:}") wholes=("\${(@)list:#*:}")
      halves=("\${(@)halves:#}") wholes=("\${(@)wholes:#}")
      compadd -S '' -a halves
      compadd -a wholes ;;
    file) _files ;;
    folder) _files -/ ;;
  esac
}

_okws() {
  local program=$words[1] way="" word flag="" help="" repeats="" position=0
  local -a commands options arguments where server
  local -A values
  _okws_spec ""
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $flag ]]; then
      if [[ $flag == (-c|--config|--redis) ]]; then where+=("$flag" "$word"); fi
      flag=""
    elif [[ $word == --*=* ]]; then
      if [[ $word == --(config|redis)=* ]]; then where+=("$word"); fi
    elif [[ $word == -* ]]; then
      if [[ -n $values[$word] ]]; then flag=$word; fi
    elif [[ -z $way$help && $word == help ]]; then
      help=1
    elif (( position == 0 )) && (( \${commands[(I)\${(b)word}:*]} )); then
      way="\${way:+$way }$word"
      _okws_spec "$way"
    else
      if (( position == 0 )); then server=("$word"); fi
      (( position += 1 ))
    fi
  done
  word=$words[CURRENT]
  if [[ -n $flag ]]; then
    _okws_values "$values[$flag]"
  elif [[ -n $help ]]; then
    _describe command commands
  elif [[ $word == --*=* && -n $values[\${word%%=*}] ]]; then
    compset -P '*='
    _okws_values "$values[\${word%%=*}]"
  elif [[ $word == -* ]]; then
    _describe -o option options
  elif (( $#commands && position == 0 )); then
    _describe command commands
  elif (( position < $#arguments )); then
    _okws_values "$arguments[position + 1]"
  elif [[ -n $repeats ]]; then
    _okws_values "$arguments[-1]"
  fi
}

if [[ $funcstack[1] == _okws ]]; then
  _okws "$@"
else
  compdef _okws okws
fi
`;
}

function renderCommand(spec: CommandSpec): string {
  const { commands, options } = spec;
  return renderBranch(spec, {
    commands: commands.map(({ name, description }) => `${name}:${description}`),
    options: options.flatMap((option) => flagsOf(option).map((flag) => `${flag}:${option.description}`)),
    values: options.flatMap(valuesOf),
  });
}

/** Members of an associative array: flag, kind, flag, kind. */
function valuesOf(option: OptionSpec): string[] {
  const { values } = option;
  return values === undefined ? [] : flagsOf(option).flatMap((flag) => [flag, encodeValues(values)]);
}

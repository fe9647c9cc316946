/**
 * The completion script for bash, 3.2 and later. Nothing from outside is ever expanded: values are compared, not evaluated.
 * The function is long because it is one script, to be read as a whole.
 */
import type { CommandSpec, OptionSpec, Values } from "./spec.ts";

/** Returns the script, for `source <(okws completions bash)`. */
export function renderBash(specs: readonly CommandSpec[]): string {
  return `# bash completion for okws, written by: okws completions bash
# Use it now:      source <(okws completions bash)
# In every shell:  okws completions bash > ~/.local/share/bash-completion/completions/okws

_okws_spec() {
  commands=() options=() values=() arguments=() repeats=""
  case "$1" in
${specs.map(renderCommand).join("\n")}
  esac
}

# What the value of option $1 may be; fails for a switch.
_okws_kind() {
  local each
  for each in \${values[@]+"\${values[@]}"}; do
    if [[ $each == "$1="* ]]; then kind=\${each#*=}; return 0; fi
  done
  return 1
}

_okws_offer() {
  local each
  for each in "$@"; do
    if [[ $each == "$current"* ]]; then COMPREPLY+=("$each"); fi
  done
}

_okws_offer_files() {
  local each
  compopt -o filenames 2>/dev/null
  while IFS= read -r each; do COMPREPLY+=("$each"); done < <(compgen "$1" -- "$current")
}

# One kind of values: word:a,b  ask:servers  file  folder  free
_okws_values() {
  local each list
  case "$1" in
    words:*) IFS=, read -r -a list <<< "\${1#words:}"; _okws_offer "\${list[@]}" ;;
    ask:*)
      while IFS= read -r each; do _okws_offer "$each"; done < <(
        "$program" __values "\${1#ask:}" \${server:+"$server"} \${where[@]+"\${where[@]}"} 2>/dev/null
      ) ;;
    file) _okws_offer_files -f ;;
    folder) _okws_offer_files -d ;;
  esac
}

_okws() {
  local line=\${COMP_LINE:0:COMP_POINT} typed=() typed_all=() word current program way="" kind="" help=""
  local commands options values arguments repeats position=0 server="" where=() flag="" cut="" each i
  COMPREPLY=()
  read -r -a typed_all <<< "$line"
  if [[ $line == *[[:space:]] ]]; then typed_all+=(""); fi
  # Variables that are set for this command alone stand before it.
  for ((i = 0; i < \${#typed_all[@]}; i++)); do
    if [[ \${typed_all[i]} == "\${COMP_WORDS[0]}" ]]; then typed=("\${typed_all[@]:i}"); break; fi
  done
  if ((\${#typed[@]} < 2)); then return; fi
  program=\${typed[0]}
  current=\${typed[\${#typed[@]} - 1]}
  _okws_spec ""
  for word in "\${typed[@]:1:\${#typed[@]} - 2}"; do
    if [[ -n $flag ]]; then
      if [[ $flag == -c || $flag == --config || $flag == --redis ]]; then where+=("$flag" "$word"); fi
      flag=""
    elif [[ $word == --*=* ]]; then
      if [[ $word == --config=* || $word == --redis=* ]]; then where+=("$word"); fi
    elif [[ $word == -* ]]; then
      if _okws_kind "$word"; then flag=$word; fi
    elif [[ -z $way$help && $word == help ]]; then
      help=1
    elif ((position == 0)) && [[ " \${commands[*]} " == *" $word "* ]]; then
      way="\${way:+$way }$word"
      _okws_spec "$way"
    else
      if ((position == 0)); then server=$word; fi
      position=$((position + 1))
    fi
  done
  if [[ -n $flag ]]; then
    _okws_kind "$flag"
    _okws_values "$kind"
  elif [[ -n $help ]]; then
    _okws_offer \${commands[@]+"\${commands[@]}"}
  elif [[ $current == --*=* ]] && _okws_kind "\${current%%=*}"; then
    flag=\${current%%=*}
    current=\${current#*=}
    _okws_values "$kind"
    current="$flag=$current"
    for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]="$flag=\${COMPREPLY[i]}"; done
  elif [[ $current == -* ]]; then
    _okws_offer \${options[@]+"\${options[@]}"}
  elif ((\${#commands[@]} > 0 && position == 0)); then
    _okws_offer "\${commands[@]}"
  elif ((position < \${#arguments[@]})); then
    _okws_values "\${arguments[position]}"
  elif [[ -n $repeats ]]; then
    _okws_values "\${arguments[\${#arguments[@]} - 1]}"
  fi
  # The shell replaces only what follows the last of its own word breaks.
  for each in : =; do
    if [[ $COMP_WORDBREAKS == *$each* && $current == *$each* ]]; then
      word=\${current%"$each"*}$each
      if ((\${#word} > \${#cut})); then cut=$word; fi
    fi
  done
  for i in "\${!COMPREPLY[@]}"; do
    # A channel alone is half a path.
    if [[ \${COMPREPLY[i]} == *: ]]; then compopt -o nospace 2>/dev/null; fi
    COMPREPLY[i]=\${COMPREPLY[i]#"$cut"}
  done
}

complete -F _okws okws
`;
}

function renderCommand(spec: CommandSpec): string {
  const { commands, options } = spec;
  return renderBranch(spec, {
    commands: commands.map(({ name }) => name),
    options: options.flatMap(flagsOf),
    values: options.flatMap((option) => valuesOf(option)),
  });
}

/** Renders one branch of the `case` of bash and zsh: the arrays of a command that are not empty. */
export function renderBranch(
  { way, args, repeats }: CommandSpec,
  arrays: Readonly<Record<"commands" | "options" | "values", readonly string[]>>,
): string {
  const lines = Object.entries({ ...arrays, arguments: args.map(encodeValues) });
  return [
    `    ${quote(way)})`,
    ...lines.filter(([, words]) => words.length > 0).map(([name, words]) =>
      `      ${name}=(${words.map(quote).join(" ")})`
    ),
    ...(repeats ? ["      repeats=1"] : []),
    "      ;;",
  ].join("\n");
}

/** Returns both spellings of an option. */
export function flagsOf({ short, long }: OptionSpec): string[] {
  return [short, long].filter((flag) => flag !== undefined);
}

function valuesOf(option: OptionSpec): string[] {
  const { values } = option;
  return values === undefined ? [] : flagsOf(option).map((flag) => `${flag}=${encodeValues(values)}`);
}

/** Values in one word: `words:a,b`, `ask:servers`, `file`, `folder` or `free`. */
export function encodeValues(values: Values): string {
  if (values.kind === "words") return `words:${values.words.join(",")}`;
  return values.kind === "ask" ? `ask:${values.what}` : values.kind;
}

/** A word that every POSIX shell takes as it is. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

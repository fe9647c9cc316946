/** The completion script for fish: one `complete` for each command, option and argument, under the condition of its position. */
import { flagsOf } from "./bash.ts";
import type { CommandSpec, OptionSpec, Values } from "./spec.ts";

/** Returns the script, for `okws completions fish | source`. */
export function renderFish(specs: readonly CommandSpec[]): string {
  return `# fish completion for okws, written by: okws completions fish
# Use it now:      okws completions fish | source
# In every shell:  okws completions fish > ~/.config/fish/completions/okws.fish

# The commands inside the command $argv, and its options that take a value.
function __okws_commands
  switch "$argv"
${specs.map((spec) => renderCase(spec.way, spec.commands.map(({ name }) => name))).join("\n")}
  end
end

function __okws_valued
  switch "$argv"
${
    specs.map((spec) => renderCase(spec.way, spec.options.filter(({ values }) => values).flatMap(flagsOf)))
      .join("\n")
  }
  end
end

# Sets: the command typed so far, its arguments, where its Redis is, and whether only help is asked for.
function __okws_read
  set -g __okws_way
  set -g __okws_args
  set -g __okws_where
  set -g __okws_help no
  set -l flag
  for word in (commandline -opc)[2..-1]
    if test -n "$flag"
      contains -- "$flag" -c --config --redis; and set -a __okws_where $flag $word
      set flag
    else if string match -qr -- '^--[^=]+=' $word
      string match -qr -- '^--(config|redis)=' $word; and set -a __okws_where $word
    else if string match -q -- '-*' $word
      contains -- $word (__okws_valued $__okws_way); and set flag $word
    else if test "$__okws_help$__okws_way$word" = nohelp
      set __okws_help yes
    else if test -z "$__okws_args"; and contains -- $word (__okws_commands $__okws_way)
      set -a __okws_way $word
    else
      set -a __okws_args $word
    end
  end
end

# True inside the command $argv[1]; with a position also only for its argument there, N+ for N and all that follow.
function __okws_at
  __okws_read
  test "$__okws_way" = "$argv[1]"; or return 1
  set -q argv[2]; or return 0
  test $__okws_help = no; or test "$argv[2]" = 0; or return 1
  set -l position (count $__okws_args)
  if string match -q '*+' -- $argv[2]
    test $position -ge (string replace + '' -- $argv[2])
  else
    test $position -eq $argv[2]
  end
end

function __okws_values
  __okws_read
  set -l program (commandline -opc)[1]
  $program __values $argv $__okws_args[1] $__okws_where 2>/dev/null
end

complete -c okws -f
${specs.flatMap(renderCompletes).join("\n")}
`;
}

function renderCase(way: string, words: readonly string[]): string {
  return words.length === 0
    ? `    case ${quote(way)}`
    : `    case ${quote(way)}\n      printf '%s\\n' ${words.map(quote).join(" ")}`;
}

function renderCompletes({ way, commands, options, args, repeats }: CommandSpec): string[] {
  const at = (position = "") => `-n ${quote(`__okws_at ${[quote(way), position].join(" ").trim()}`)}`;
  return [
    ...commands.map(({ name, description }) =>
      `complete -c okws ${at("0")} -a ${quote(name)} -d ${quote(description)}`
    ),
    ...options.map((option) =>
      [`complete -c okws ${at()}`, ...renderFlags(option), `-d ${quote(option.description)}`].join(" ")
    ),
    ...args.flatMap((values, i) => {
      const position = repeats && i === args.length - 1 ? `${i}+` : String(i);
      const shown = renderValues(values, "-a");
      return shown === "" ? [] : [`complete -c okws ${at(position)} ${shown}`];
    }),
  ];
}

function renderFlags({ short, long, values }: OptionSpec): string[] {
  return [
    ...(short === undefined ? [] : [`-s ${quote(short.slice(1))}`]),
    ...(long === undefined ? [] : [`-l ${quote(long.slice(2))}`]),
    ...(values === undefined ? [] : [values.kind === "file" || values.kind === "folder" ? "-r" : "-x"]),
    ...(values === undefined ? [] : [renderValues(values, "-a")].filter((text) => text !== "")),
  ];
}

function renderValues(values: Values, flag: string): string {
  switch (values.kind) {
    case "words":
      return `${flag} ${quote(values.words.join(" "))}`;
    case "ask":
      return `${flag} ${quote(`(__okws_values ${values.what})`)}`;
    case "file":
      return "-F";
    case "folder":
      return `${flag} '(__fish_complete_directories)'`;
    case "free":
      return "";
  }
}

/** Returns a word for fish, in which a single-quoted text has two escapes of its own. */
function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

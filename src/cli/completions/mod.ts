/** `okws completions`: a script by which a shell completes the commands, options and values of this program. */
import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import type { Io } from "../terminal/io.ts";
import { translator } from "../i18n/translate.ts";
import { renderBash } from "./bash.ts";
import { renderFish } from "./fish.ts";
import { type CommandSpec, readSpec } from "./spec.ts";
import { renderZsh } from "./zsh.ts";

const RENDERERS: Readonly<Record<Shell, (specs: readonly CommandSpec[]) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
};

/** Shells that there is a script for. */
const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = typeof SHELLS[number];

/** Returns the command, for the help and the parser. */
export function completionsCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("completions")
    .description(t("completions.about"))
    .addArgument(new Argument("<shell>", t("completions.shell")).choices(SHELLS))
    .action((shell, _, self) => {
      const specs = readSpec(self.parent as CommandUnknownOpts);
      io.print(RENDERERS[shell](specs).trimEnd());
      exit(EXIT.done);
    });
  return addHelp(command, {
    about: "completions.help",
    examples: [
      ["source <(okws completions bash)", "completions.example_bash"],
      [
        "okws completions bash > ~/.local/share/bash-completion/completions/okws",
        "completions.example_every_bash",
      ],
      ['okws completions zsh > "${fpath[1]}/_okws"', "completions.example_zsh"],
      ["okws completions fish > ~/.config/fish/completions/okws.fish", "completions.example_fish"],
    ],
    exits: { 0: "exit.done", 2: "exit.usage" },
  });
}

/** `okws completions`: a script that teaches a shell the commands, options and values of this very program. */
import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT } from "../exit.ts";
import { teach } from "../help.ts";
import type { Io } from "../terminal/io.ts";
import { words } from "../i18n/translate.ts";
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
export const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = typeof SHELLS[number];

/** The command, for the help and the parser. */
export function completionsCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("completions")
    .description("print a script by which a shell completes commands, servers and paths")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action((shell, _, self) => {
      const specs = readSpec(self.parent as CommandUnknownOpts, words(io));
      io.print(RENDERERS[shell](specs).trimEnd());
      exit(EXIT.done);
    });
  return teach(command, {
    about:
      "Server names and subscribed paths come from the Redis that the line names, or the settings; where it\n" +
      "does not answer within a second, nothing is offered.",
    examples: [
      ["source <(okws completions bash)", "this bash, at once"],
      ["okws completions bash > ~/.local/share/bash-completion/completions/okws", "every bash"],
      ['okws completions zsh > "${fpath[1]}/_okws"', "every zsh"],
      ["okws completions fish > ~/.config/fish/completions/okws.fish", "every fish"],
    ],
    exits: { 0: "done", 2: "wrong usage" },
  });
}

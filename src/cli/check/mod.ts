/** `okws check`: every fault of a file, or the plan that it makes. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../../config/load.ts";
import { configJsonSchema } from "../../config/json_schema.ts";
import { planOf } from "./plan.ts";
import { renderPlan } from "./render.ts";
import { EXIT } from "../exit.ts";
import { teach } from "../help.ts";
import type { Io } from "../terminal/io.ts";
import { words } from "../i18n/translate.ts";

/** The command, for the help and the parser. */
export function checkCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("check")
    .description("check a configuration and print what it would do")
    .option("-c, --config <file>", "configuration file", "okws.yaml")
    .option("--json", "print the plan as JSON")
    .option("--schema", "print the JSON Schema of the file, by which editors complete and check it")
    .action(async ({ config, json, schema }) => {
      if (schema) {
        io.print(JSON.stringify(configJsonSchema(), null, 2));
        return exit(EXIT.done);
      }
      const t = words(io);
      const onNote = (where: string, what: string) => io.note(`okws: ${where}${t(what)}`);
      const plan = planOf(await loadConfig({ file: config, environment: io.environment, onNote }));
      if (json || !io.outIsTerminal) io.print(JSON.stringify(plan));
      else for (const line of renderPlan(plan, t)) io.print(line);
      exit(EXIT.done);
    });
  return teach(command, {
    about:
      "Prints every fault with its line and column, or the plan: settings, connections, subscriptions.\n" +
      "Secrets are never printed.",
    examples: ["okws check -c okws.yaml", ["okws check -c okws.yaml --json", "for programs"], [
      "okws check --schema > okws.schema.json",
      "for editors",
    ]],
    exits: { 0: "the file is good", 2: "it is not" },
  });
}

/** `okws check`: every fault of a file, or the plan that it makes. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../../config/load.ts";
import { configJsonSchema } from "../../config/json_schema.ts";
import { planOf } from "./plan.ts";
import { renderPlan } from "./render.ts";
import { noteLowerCase } from "../client/upper_case.ts";
import { configPaths, findConfigFile } from "../shared/config_file.ts";
import { describeLocation, EXIT, UsageError } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import { columnsOf, type Io } from "../terminal/io.ts";
import { wrapLines } from "../terminal/wrap.ts";
import { keyed, translator } from "../i18n/translate.ts";
import type { Message, Text } from "../../shared/messages/message.ts";

/** Returns the command, for the help and the parser. */
export function checkCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("check")
    .description(t("check.about"))
    .option("-c, --config <file>", t("option.config"))
    .option("--json", t("check.json"))
    .option("--schema", t("check.schema"))
    .action(async ({ config, json, schema }) => {
      if (schema) {
        io.print(JSON.stringify(configJsonSchema(), null, 2));
        return exit(EXIT.done);
      }
      const onNote = (where: string, what: Text, origin?: Message) =>
        io.note(`okws: ${describeLocation(where, origin, t)}${t.any(what)}`);
      const file = await findConfigFile(config, io) ?? "okws.yaml";
      // Also where none is looked for the one that is here is meant.
      if (config === undefined && file === "okws.yaml" && !await isThere(file)) {
        const places = configPaths(io.environment).join(", ");
        throw new UsageError(keyed("check.no_file", { places }));
      }
      const loaded = await loadConfig({ file, environment: io.environment, onNote });
      noteLowerCase(loaded.subscribes.flatMap(({ topics }) => topics.map(({ path }) => path)), io);
      const plan = planOf(loaded);
      if (json || !io.outIsTerminal) io.print(JSON.stringify(plan));
      else {
        for (const line of renderPlan(plan, t, columnsOf(io))) {
          wrapLines(line, columnsOf(io)).forEach(io.print);
        }
      }
      exit(EXIT.done);
    });
  return addHelp(command, {
    about: "check.help",
    examples: ["okws check -c okws.yaml", ["okws check -c okws.yaml --json", "purpose.for_programs"], [
      "okws check --schema > okws.schema.json",
      "purpose.for_editors",
    ]],
    exits: { 0: "check.good", 2: "check.bad" },
  });
}

async function isThere(file: string): Promise<boolean> {
  return await Deno.stat(file).then(() => true, (error) => !(error instanceof Deno.errors.NotFound));
}

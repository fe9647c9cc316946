/** Which file a service is started with: one that is named or found, or one that a person has written first. */
import { roomLogger } from "../../logging/log.ts";
import { within } from "../../shared/async/within.ts";
import { CONFIG_VARIABLE, configPaths, findConfigFile, type PassedOver } from "../shared/config_file.ts";
import { EXIT } from "../shared/exit.ts";
import { translator } from "../i18n/translate.ts";
import { runInit } from "../init/mod.ts";
import type { Io } from "../terminal/io.ts";
import { isYes } from "../terminal/prompt.ts";

/** The file, where there is one; `log` says what came of looking for it, once there is a log. */
export type Chosen = { readonly file: string | undefined; log(): void };

const log = roomLogger("service");

/** The options of the command line by their names. */
type Given = Readonly<Record<string, string | undefined>>;

/**
 * Chooses the configuration file; at a terminal, where there is none, asks whether to write one first. Resolves with
 * undefined where that was not finished: nothing is to be started.
 */
export async function chooseFile(given: Given, io: Io): Promise<Chosen | undefined> {
  const passedOver: { readonly file: string; readonly reason: PassedOver }[] = [];
  const found = await findConfigFile(given.config, io, (file, why) => {
    passedOver.push({ file, reason: why });
  });
  const places = configPaths(io.environment).join(", ");
  const answer = found === undefined && !isConfigured(given, io) && io.ask !== undefined
    ? await within(io.ask(`${translator(io)("serve.ask_init", { places })} `), io.signal).catch(() =>
      undefined
    )
    : "n";
  if (answer === undefined) return undefined;
  const isWanted = answer.trim() === "" || isYes(answer);
  const file = isWanted ? configPaths(io.environment)[0] as string : found;
  if (isWanted && await runInit(file as string, {}, io) !== EXIT.done) return undefined;
  return {
    file,
    log() {
      for (const each of passedOver) log.warn("A configuration file is passed over", each);
      if (file !== undefined) log.info("Reading the configuration", { file });
      else if (io.environment[CONFIG_VARIABLE] === undefined) {
        log.info("There is no configuration file, serving without servers", {
          places,
          remedy: "okws init writes one",
        });
      }
    },
  };
}

/** Returns whether anything on the command line or in the environment says what to run. */
function isConfigured(given: Given, { environment }: Io): boolean {
  return Object.values(given).some((value) => value !== undefined) ||
    Object.keys(environment).some((name) => name.startsWith("OKWS_") && name !== "OKWS_LANG");
}

/** `okws doctor`: looks at everything that okws needs to work, and says what to do about what is wrong. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Config } from "../../config/schema.ts";
import { findExchange } from "../../okx/endpoints.ts";
import { EXIT } from "../exit.ts";
import { teach } from "../help.ts";
import type { Io } from "../terminal/io.ts";
import { type Words, words } from "../i18n/translate.ts";
import { exchangeExaminations } from "./exchange.ts";
import { lookAtFile } from "./file.ts";
import { examine, type Finding, type State } from "./finding.ts";
import { httpExaminations } from "./http.ts";
import { serviceExaminations } from "./installed.ts";
import { redisExaminations } from "./redis.ts";
import { openMachine } from "../service/machine.ts";

/** The command, for the help and the parser. */
export function doctorCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("doctor")
    .description("look for what keeps okws from working, and say what to do about it")
    .option("-c, --config <file>", "configuration file (default: okws.yaml where there is one)")
    .option("--redis <url>", "Redis to look at, instead of REDIS_URL")
    .option("--json", "JSON even on a terminal")
    .action(async ({ config, redis, json }) => {
      const file = config ?? await defaultFile();
      const findings = await runDoctor({ file, redis }, io);
      if (json || !io.outIsTerminal) io.print(JSON.stringify(summary(findings)));
      else for (const line of renderFindings(findings, words(io), isColoured(io))) io.print(line);
      exit(findings.some(({ state }) => state === "fail") ? EXIT.failed : EXIT.done);
    });
  return teach(command, {
    about:
      "Looks at the file and who can read it, Redis, the way to the exchange, the HTTP address and the installed\n" +
      "service. Writes and removes a key of its own in Redis; opens WebSockets to each exchange, logs in with each key,\n" +
      "and closes them.",
    examples: ["okws doctor", "okws doctor -c /etc/okws.yaml", [
      "okws doctor --json | jq '.findings[] | select(.state != \"ok\")'",
      "what is not well, for programs",
    ]],
    exits: { 0: "nothing failed; there may be warnings", 1: "something failed", 2: "wrong usage" },
  });
}

/** What a program is told. */
export type Report = {
  readonly ok: boolean;
  readonly counts: Readonly<Record<State, number>>;
  readonly findings: readonly Finding[];
};

async function runDoctor(
  { file, redis }: { file: string | undefined; redis: string | undefined },
  io: Io,
): Promise<Finding[]> {
  const { signal, environment } = io;
  let config: Config | undefined;
  const first = await examine([{
    area: "file",
    look: async (tell) => void (config = await lookAtFile({ file, redis, environment }, tell)),
  }], { signal });
  if (config === undefined) return first;
  const { settings, servers } = config;
  const exchange = findExchange(settings.ENDPOINT);
  const targets = servers.length > 0 || exchange === undefined
    ? servers
    : [{ endpoint: settings.ENDPOINT, exchange, protocol: settings.PROTOCOL }];
  const t = words(io);
  const others = await examine([
    ...redisExaminations(settings),
    ...exchangeExaminations(targets, environment),
    ...httpExaminations(settings),
    ...serviceExaminations(openMachine(environment)),
  ], {
    signal,
    onProgress: (areas) =>
      io.progress?.(areas.length === 0 ? "" : t(`Looking at: ${areas.map(t).join(", ")}`)),
  });
  return [...first, ...others];
}

async function defaultFile(): Promise<string | undefined> {
  const info = await Deno.stat("okws.yaml").catch(() => undefined);
  return info?.isFile ? "okws.yaml" : undefined;
}

function summary(findings: readonly Finding[]): Report {
  const count = (state: State) => findings.filter((each) => each.state === state).length;
  const counts = { ok: count("ok"), warn: count("warn"), fail: count("fail") };
  return { ok: counts.fail === 0, counts, findings };
}

const COLOURS: Readonly<Record<State, string>> = { ok: "\x1b[32m", warn: "\x1b[33m", fail: "\x1b[31m" };

/** One line a finding, with what to do below it. */
export function renderFindings(findings: readonly Finding[], t: Words, coloured: boolean): string[] {
  const paint = (state: State, text: string) => coloured ? `${COLOURS[state]}${text}\x1b[39m` : text;
  const areas = [...new Set(findings.map(({ area }) => area))];
  const lines = areas.flatMap((area) => [
    t(area),
    ...findings.filter((each) => each.area === area).flatMap(({ name, state, message, remedy }) => [
      `  ${paint(state, state.padEnd(4))}  ${t(name)}: ${t(message)}`,
      ...(remedy === "" ? [] : [`        → ${t(remedy)}`]),
    ]),
    "",
  ]);
  const { ok, warn, fail } = summary(findings).counts;
  return [...lines, t(`ok: ${ok}, warnings: ${warn}, failures: ${fail}`)];
}

function isColoured(io: Io): boolean {
  return io.outIsTerminal && !io.environment.NO_COLOR;
}

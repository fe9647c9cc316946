/** `okws doctor`: looks at everything that okws needs to work, and says what to do about what is wrong. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Config } from "../../config/schema.ts";
import { findExchange } from "../../okx/endpoints.ts";
import { findConfigFile } from "../shared/config_file.ts";
import { EXIT } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import { columnsOf, type Io, isColoured } from "../terminal/io.ts";
import { wrapLines } from "../terminal/wrap.ts";
import { englishOf } from "../../shared/messages/message.ts";
import { keyed, type PlainKey, type Translate, translator } from "../i18n/translate.ts";
import { exchangeExaminations } from "./exchange.ts";
import { checkFile } from "./file.ts";
import { examine, type Finding, type FindingState } from "./finding.ts";
import { httpExaminations } from "./http.ts";
import { serviceExaminations } from "./installed.ts";
import { redisExaminations } from "./redis.ts";
import { openMachine } from "../service/machine.ts";

/** Returns the command, for the help and the parser. */
export function doctorCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("doctor")
    .description(t("doctor.about"))
    .option("-c, --config <file>", t("doctor.config"))
    .option("--redis <url>", t("doctor.redis"))
    .option("--json", t("option.json_on_terminal"))
    .action(async ({ config, redis, json }) => {
      const file = await findConfigFile(config, io);
      const findings = await runDoctor({ file, redis }, io);
      if (json || !io.outIsTerminal) io.print(JSON.stringify(summary(findings)));
      else {
        for (const line of renderFindings(findings, t, isColoured(io))) {
          wrapLines(line, columnsOf(io)).forEach(io.print);
        }
      }
      exit(findings.some(({ state }) => state === "fail") ? EXIT.failed : EXIT.done);
    });
  return addHelp(command, {
    about: "doctor.help",
    examples: ["okws doctor", "okws doctor -c /etc/okws.yaml", [
      "okws doctor --json | jq '.findings[] | select(.state != \"ok\")'",
      "doctor.example_json",
    ]],
    exits: { 0: "doctor.exit_done", 1: "doctor.exit_failed", 2: "exit.usage" },
  });
}

/** The report for programs. */
export type Report = {
  readonly ok: boolean;
  readonly counts: Readonly<Record<FindingState, number>>;
  readonly findings: readonly Readonly<Record<keyof Finding, string>>[];
};

async function runDoctor(
  { file, redis }: { file: string | undefined; redis: string | undefined },
  io: Io,
): Promise<Finding[]> {
  const { signal, environment } = io;
  let config: Config | undefined;
  const first = await examine([{
    area: keyed("doctor.file"),
    look: async (report) => void (config = await checkFile({ file, redis, environment }, report)),
  }], { signal });
  if (config === undefined) return first;
  const { settings, servers } = config;
  const exchange = findExchange(settings.ENDPOINT);
  const targets = servers.length > 0 || exchange === undefined
    ? servers
    : [{ endpoint: settings.ENDPOINT, exchange, protocol: settings.PROTOCOL }];
  const t = translator(io);
  const others = await examine([
    ...redisExaminations(settings),
    ...exchangeExaminations(targets, environment),
    ...httpExaminations(settings),
    ...serviceExaminations(openMachine(environment)),
  ], {
    signal,
    onProgress: (areas) =>
      io.progress?.(
        areas.length === 0
          ? ""
          : t("doctor.looking_at", { areas: [...new Set(areas.map(t.any))].join(", ") }),
      ),
  });
  return [...first, ...others];
}

function summary(findings: readonly Finding[]): Report {
  const count = (state: FindingState) => findings.filter((each) => each.state === state).length;
  const counts = { ok: count("ok"), warn: count("warn"), fail: count("fail") };
  return {
    ok: counts.fail === 0,
    counts,
    findings: findings.map(({ area, name, state, message, remedy }) => ({
      ...{ area: englishOf(area), name, state },
      ...{ message: englishOf(message), remedy: englishOf(remedy) },
    })),
  };
}

/** Names of findings that are not the same in every language. */
const NAMES: Readonly<Record<string, PlainKey>> = {
  file: "doctor.file",
  permissions: "doctor.permissions",
  content: "doctor.content",
  store: "doctor.store",
  connection: "doctor.connection",
  version: "doctor.version",
  latency: "doctor.latency",
  memory: "doctor.memory",
  role: "doctor.role",
  persistence: "doctor.persistence",
  clock: "doctor.clock",
  rights: "doctor.rights",
  service: "doctor.service",
  hosts: "doctor.hosts",
  port: "doctor.port",
  metrics: "doctor.metrics",
  answer: "doctor.answer",
};

const COLOURS: Readonly<Record<FindingState, string>> = {
  ok: "\x1b[32m",
  warn: "\x1b[33m",
  fail: "\x1b[31m",
};

/** Renders one line a finding, with what to do below it. */
export function renderFindings(findings: readonly Finding[], t: Translate, coloured: boolean): string[] {
  const paint = (state: FindingState, text: string) => coloured ? `${COLOURS[state]}${text}\x1b[39m` : text;
  const areas = Map.groupBy(findings, ({ area }) => t.any(area));
  const lines = [...areas].flatMap(([area, found]) => [
    area,
    ...found.flatMap(({ name, state, message, remedy }) => [
      `  ${paint(state, state.padEnd(4))}  ${nameIn(name, t)}: ${t.any(message)}`,
      ...(remedy === "" ? [] : [`        → ${t.any(remedy)}`]),
    ]),
    "",
  ]);
  const { ok, warn, fail } = summary(findings).counts;
  return [...lines, t("doctor.summary", { ok, warn, fail })];
}

function nameIn(name: string, t: Translate): string {
  const key = NAMES[name];
  return key === undefined ? name : t(key);
}

/** `okws demo`: simulated exchange, service and embedded store in one process, with a live view. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Client, connect } from "../../client/client.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { parseConfig } from "../../config/schema.ts";
import { setupLogging } from "../../logging/log.ts";
import { startMock } from "../../mock/server.ts";
import { serve, type Service } from "../../app/service.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import { columnsOf, type Io } from "../terminal/io.ts";
import { renderAge } from "../terminal/age.ts";
import { renderTable } from "../terminal/table.ts";
import { wrapLines } from "../terminal/wrap.ts";
import { safeText } from "../terminal/text.ts";
import { keyed, type Translate, translator } from "../i18n/translate.ts";

/** Returns the command, for the help and the parser. */
export function demoCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("demo")
    .description(t("demo.about"))
    .option("--seconds <n>", t("demo.seconds"))
    .action(async ({ seconds }) => {
      if (seconds !== undefined && !/^\d{1,6}$/.test(seconds)) {
        throw new UsageError(keyed("demo.seconds_value", { value: seconds }));
      }
      exit(await runDemo(seconds === undefined ? undefined : Number(seconds), io));
    });
  return addHelp(command, {
    about: "demo.help",
    examples: ["okws demo", "okws demo --seconds 30"],
    exits: { 0: "exit.done", 1: "demo.exit_failed", 2: "exit.usage" },
  });
}

const PATHS = ["tickers:BTC-USDT", "tickers:ETH-USDT", "tickers:BTC-USDT-SWAP", "spot/ticker:SOL-USDT"];
const OTHERS = [
  "trades:BTC-USDT",
  "candle1m:BTC-USDT",
  "books5:BTC-USDT",
  "instruments:SPOT",
  "spot/candle60s:ETH-USDT",
];

/** Seconds that the demo lasts where nobody can press Ctrl-C. */
const DEFAULT_SECONDS = 10;

async function runDemo(seconds: number | undefined, io: Io): Promise<number> {
  const lasts = seconds ?? (io.outIsTerminal ? Infinity : DEFAULT_SECONDS);
  await setupLogging({ level: "error", format: io.errIsTerminal ? "pretty" : "json" }, io.logStream);
  await using mock = await startMock();
  const parsed = parseConfig({
    settings: {
      REDIS_URL: "embedded://127.0.0.1:0",
      HTTP: "127.0.0.1:0",
      ENDPOINT: mock.url,
      LOG_LEVEL: "warn",
    },
    servers: [{ name: "demo" }],
    subscribes: [{ server: "demo", channels: [...PATHS, ...OTHERS] }],
  });
  if ("issues" in parsed) throw new Error(JSON.stringify(parsed.issues));
  await using service = await serve(parsed.config);
  await using client = await connect({ redisUrl: service.redisUrl });
  const t = translator(io);
  for (const line of introduction(service, mock.url, io, t)) io.print(line);
  const end = performance.now() + lasts * 1000;
  let drawn = 0;
  while (!io.signal.aborted && performance.now() < end) {
    await sleep(Math.min(1000, end - performance.now()), io.signal);
    // Fitted, so that as many lines are drawn over as the terminal has shown.
    const columns = columnsOf(io);
    const lines = (await renderRows(client, service, t, columns)).flatMap((line) => wrapLines(line, columns));
    // A terminal shows one table that changes; a pipe gets them one after the other.
    if (io.outIsTerminal && drawn > 0) io.print(`\x1b[${drawn + 1}A\x1b[J`.trimEnd());
    for (const line of lines) io.print(line);
    drawn = lines.length;
  }
  const { stats } = service.view();
  io.print("");
  io.print(
    t("demo.total", { rows: stats.rows, commands: stats.writes, dropped: stats.dropped }),
  );
  return stats.rows > 0 ? EXIT.done : EXIT.failed;
}

function introduction(service: Service, mockUrl: string, io: Io, t: Translate): string[] {
  const port = new URL(service.redisUrl).port;
  const client = `${io.program} client`;
  return [
    t("demo.started", { exchange: mockUrl, store: service.redisUrl }),
    "",
    t("demo.second_shell"),
    `  redis-cli -p ${port} hgetall okex/demo/tickers:BTC-USDT`,
    `  redis-cli -p ${port} psubscribe 'okex/demo/*'`,
    `  ${client} get demo spot/ticker instrument_id=SOL-USDT --redis ${service.redisUrl}`,
    `  ${client} watch demo trades:BTC-USDT --redis ${service.redisUrl}`,
    `  ${client} status --redis ${service.redisUrl}`,
    ...(service.httpUrl === undefined
      ? []
      : [`  curl ${service.httpUrl}/metrics`, "", t("demo.dashboard", { url: service.httpUrl })]),
    "",
  ];
}

const HEADINGS = [
  ...["heading.path", "heading.last", "heading.bid", "heading.ask", "heading.age", "heading.rows"] as const,
];

async function renderRows(
  client: Client,
  service: Service,
  t: Translate,
  columns: number,
): Promise<string[]> {
  const records = await client.subscriptionsHere("demo");
  const rows: string[][] = [];
  for (const path of PATHS) {
    const row = await client.get("demo", path);
    if (row === undefined || Array.isArray(row)) continue;
    const age = Date.now() - (records.get(path)?.receivedAt ?? Date.now());
    const cells = [row.last, row.bidPx ?? row.best_bid, row.askPx ?? row.best_ask].map((cell) =>
      safeText(cell ?? "")
    );
    rows.push([path, ...cells, renderAge(age, t), String(records.get(path)?.rows ?? 0)]);
  }
  const { stats } = service.view();
  return [
    ...renderTable(HEADINGS.map((key) => t(key)), rows, columns),
    t("demo.counts", { rows: stats.rows, batches: stats.batches, commands: stats.writes }),
    "",
  ];
}

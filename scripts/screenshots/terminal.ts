/**
 * Pictures of the command line for the READMEs: the program runs in a real terminal (tmux) against a simulated exchange,
 * its screen is read with its colours and saved as SVG.
 *
 *     deno run -A scripts/screenshots/terminal.ts
 *
 * OKWS_BIN names the executable to show; without it the sources run.
 */
import { startRedis } from "../../tests/support/redis_server.ts";
import { startOkws } from "../../tests/support/program.ts";
import { missing } from "../../tests/support/needs.ts";
import { startPane } from "../../tests/support/tmux.ts";
import { plainOf } from "../../src/cli/terminal/live/paint_lines.ts";
import { cutText } from "../../src/cli/terminal/text.ts";
import { renderSvg } from "./svg.ts";

const IMAGES = new URL("../../docs/images/", import.meta.url);

const WATCHED = [
  ...["tickers:BTC-USDT", "tickers:ETH-USDT", "spot/ticker:SOL-USDT", "mark-price:BTC-USDT-SWAP"],
  ...["books:BTC-USDT", "bbo-tbt:ETH-USDT", "candle1m:BTC-USDT", "trades:BTC-USDT"],
];

const OTHERS = [
  ...["candle1m:ETH-USDT", "spot/candle60s:SOL-USDT", "trades:ETH-USDT", "funding-rate:BTC-USDT-SWAP"],
  ...[
    "account",
    "positions:ANY",
    "orders:ANY",
    "opt-summary:BTC-USD",
    "instruments:SPOT",
    "tickers:NOPE-USDT",
  ],
];

/** What is shown, when it is complete, and how large the terminal is. */
type Shot = {
  readonly name: string;
  readonly args: readonly string[];
  readonly ready: RegExp;
  readonly columns: number;
  readonly rows: number;
};

const SHOTS: readonly Shot[] = [
  {
    name: "watch",
    args: ["client", "watch", "test", ...WATCHED],
    ready: /BTC-USDT .*[▁-█]{14,}[^]*Trades and events[^]*(buy|sell)/,
    columns: 108,
    rows: 30,
  },
  { name: "top", args: ["top"], ready: /rows\/s +[▁-█]{12,}/, columns: 108, rows: 30 },
  { name: "status", args: ["client", "status", "test"], ready: /\[exit 0\]/, columns: 116, rows: 36 },
  {
    name: "get",
    args: ["client", "get", "test", "trades:BTC-USDT", "-n", "8"],
    ready: /\[exit 0\]/,
    columns: 108,
    rows: 14,
  },
];

async function main(): Promise<void> {
  if (missing("tmux").length > 0) throw new Error("There is no tmux here; install it first");
  await using redis = await startRedis();
  await using mock = startOkws(["mock", "--port", "0", "--rate", "20"]);
  const [url = ""] = await mock.waitForLine(/^ws:\/\/127\.0\.0\.1:\d+$/);
  const folder = await Deno.makeTempDir({ prefix: "okws-shots-" });
  const file = `${folder}/okws.yaml`;
  await Deno.writeTextFile(file, configOf(url));
  const env = { OKWS_REDIS_URL: redis.url, OKWS_HTTP: "off" };
  await using service = startOkws(["serve", "-c", file], { env });
  await service.waitForLine(/Listening for commands/);
  await Deno.mkdir(IMAGES, { recursive: true });
  for (const shot of SHOTS) await take(shot, env);
  await service.stop();
  await Deno.remove(folder, { recursive: true });
}

async function take({ name, args, ready, columns, rows }: Shot, env: Record<string, string>): Promise<void> {
  await using pane = await startPane(args, { columns, rows, env });
  await pane.waitFor(ready);
  const lines = await pane.lines({ colours: true });
  // Of a program that ended: what it printed, without what the terminal says about its end.
  const end = lines.findIndex((line) => plainOf(line).startsWith("[exit"));
  const screen = (end < 0 ? lines : lines.slice(0, end)).map((line) => line.trimEnd());
  while (screen.at(-1) === "") screen.pop();
  const svg = renderSvg(screen, columns, cutText(`okws ${args.join(" ")}`, 60));
  await Deno.writeTextFile(new URL(`${name}.svg`, IMAGES), svg);
  await Deno.stderr.write(new TextEncoder().encode(`docs/images/${name}.svg ${svg.length} characters\n`));
}

/** The login is that of the simulated exchange's demo account; with little history every table fits the picture. */
function configOf(url: string): string {
  return `settings:
  HISTORY: 2
servers:
  - name: test
    endpoint: ${url}
    apiKey: demo-key
    secret: demo-secret
    password: demo-pass
subscribes:
  - server: test
    channels: [${[...WATCHED, ...OTHERS].map((path) => `"${path}"`).join(", ")}]
`;
}

if (import.meta.main) await main();

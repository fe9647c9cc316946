/** `okws client …`: commands to a running service, and what it keeps in Redis. */
import { Command, Option } from "@commander-js/extra-typings";
import { type Client, connect, type OpenOptions, type PathOrArg, type PathResult } from "../client/client.ts";
import { loadConfig } from "../config/load.ts";
import { StaleError } from "../errors.ts";
import type { Cached, CachedRow } from "../store/read.ts";
import { EXIT, UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { formatPath } from "../okx/topic.ts";
import { parseRedisUrl } from "../redis_url.ts";
import { renderServers, type StatusView } from "./status.ts";
import { renderTable, safeText } from "./table.ts";

type Flags = {
  readonly redis?: string | undefined;
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
  readonly timeout?: string | undefined;
};

type Run = (client: Client, show: Show) => Promise<number>;

/** Prints for people on a terminal and JSON into a pipe. */
type Show = { readonly people: boolean; data(value: unknown, lines: () => readonly string[]): void };

/** The group of commands, for the help and the parser. */
export function clientCommand(io: Io, exit: (code: number) => void): Command {
  const group = new Command("client").description("talk to a running service").enablePositionalOptions();
  const add = <Usage extends string>(usage: Usage, description: string, example: string) =>
    group.command(usage).description(description)
      .option("--redis <url>", "Redis of the service (default redis://127.0.0.1:6379)")
      .option("-c, --config <file>", "read the settings from this configuration file")
      .option("--json", "JSON even on a terminal")
      .option("--timeout <ms>", "how long to wait for an answer", "10000")
      .addHelpText(
        "after",
        `\nExamples:\n${example.split("\n").map((line) => `  okws client ${line}`).join("\n")}\n\n${CODES}`,
      );
  const withClient = async (flags: Flags, run: Run) => exit(await runWithClient(flags, io, run));

  add(
    "open <name>",
    "open a named connection",
    "open test\nopen mine --endpoint okx-eea --api-key K --secret S --passphrase P",
  )
    .option("--endpoint <name|url>", "okx, okx-eea, okx-us, okx-demo or a URL")
    .addOption(
      new Option("--protocol <v5|v3>", "v3 for old servers, which need a ws:// URL").choices(["v5", "v3"]),
    )
    .option("--api-key <key>", "API key, for private channels")
    .option("--secret <secret>", "its secret")
    .option("--passphrase <passphrase>", "its passphrase")
    .action((name, flags) =>
      withClient(flags, async (client, show) => {
        await client.openWs(name, toOpen(flags));
        show.data({ name, opened: true }, () => [`${name} is open`]);
        return EXIT.done;
      })
    );
  add("close <name>", "close a named connection", "close test").action((name, flags) =>
    withClient(flags, async (client, show) => {
      await client.closeWs(name);
      show.data({ name, closed: true }, () => [`${name} is closed`]);
      return EXIT.done;
    })
  );
  add("servers", "list the open connections", "servers").action((flags) =>
    withClient(flags, async (client, show) => {
      const names = await client.servers();
      show.data(names, () => names);
      return EXIT.done;
    })
  );
  add("status [name]", "show connections and subscriptions with state and age", "status\nstatus test --json")
    .action(
      (name, flags) => withClient(flags, (client, show) => showStatus(client, name, show)),
    );
  add("quit", "stop the service", "quit").action((flags) =>
    withClient(flags, async (client, show) => {
      await client.serverQuit();
      show.data({ stopping: true }, () => ["The service is stopping"]);
      return EXIT.done;
    })
  );
  const paths = "subscribe test tickers:ETH-USDT spot/candle60s:BTC-USDT";
  add("subscribe <name> <path...>", "subscribe paths and wait for the exchange's answer", paths).action(
    (name, wanted, flags) =>
      withClient(flags, async (client, show) => {
        const results = await client.trySubscribe(name, wanted.map(toPath));
        for (const result of results) show.data(result, () => [describe(result)]);
        return results.length > 0 && results.every(({ state }) => state === "live") ? EXIT.done : EXIT.failed;
      }),
  );
  add("unsubscribe <name> <path...>", "end subscriptions", "unsubscribe test tickers:ETH-USDT").action(
    (name, wanted, flags) =>
      withClient(flags, async (client, show) => {
        const results = await client.unsubscribe(name, wanted.map(toPath));
        for (const result of results) show.data(result, () => [describe(result)]);
        return EXIT.done;
      }),
  );
  add(
    "get <name> <path> [filter...]",
    "read the cache; a filter is KEY=VALUE",
    "get test spot/ticker instrument_id=ETH-USDT\nget test tickers:ETH-USDT --max-age 500\nget test candle1m:ETH-USDT -n 100",
  )
    .option("-n, --rows <n>", "the newest N rows of a series")
    .option("--max-age <ms>", "fail with code 5 when the last row came longer ago")
    .action((name, path, filters, flags) => {
      const params = {
        ...readFilters(filters),
        ...readCount("n", "-n", flags.rows, 1),
        ...readCount("maxAgeMs", "--max-age", flags.maxAge, 0),
      };
      return withClient(flags, async (client, show) => {
        const cached = await client.get(name, pathOf(path), params);
        if (cached === undefined || (Array.isArray(cached) && cached.length === 0)) {
          throw new StaleError(
            `There is nothing for ${path} on ${name}; okws client status ${name} shows why`,
          );
        }
        show.data(cached, () => renderCached(cached));
        return EXIT.done;
      });
    });
  add(
    "watch <name> <path...>",
    "print rows as they arrive",
    "watch test tickers:ETH-USDT trades:BTC-USDT\nwatch test candle1m:BTC-USDT | jq .row.close",
  )
    .option("-n, --rows <n>", "stop after N rows")
    .action((name, wanted, flags) => {
      const { n: limit = Infinity } = readCount("n", "-n", flags.rows, 1);
      return withClient(
        flags,
        (client, show) => watch(client, { name, wanted: wanted.map(pathOf), limit, show, io }),
      );
    });
  add(
    "clear [pattern]",
    "delete cached keys (default: all under the prefix)",
    "clear\nclear 'okex/test/spot/*'",
  ).action(
    (pattern, flags) =>
      withClient(flags, async (client, show) => {
        const deleted = await client.redisClear(pattern, (count) => {
          if (io.errIsTerminal && count >= 10_000) io.note(`${count} keys deleted …`);
        });
        show.data({ deleted }, () => [`${deleted} keys deleted`]);
        return EXIT.done;
      }),
  );
  return group as unknown as Command;
}

const CODES =
  "Exit codes: 0 done · 1 refused or failed · 2 wrong usage · 3 no okws service is listening ·\n" +
  "            4 Redis cannot be reached · 5 data older than --max-age, or none";

async function runWithClient(flags: Flags, io: Io, run: Run): Promise<number> {
  const { settings } = await loadConfig({
    file: flags.config,
    flags: flags.redis === undefined ? {} : { REDIS_URL: flags.redis },
    environment: io.environment,
    only: "settings",
  });
  const { timeout = "10000" } = flags;
  if (!/^\d{1,7}$/.test(timeout)) throw new UsageError(`--timeout is a number of milliseconds: ${timeout}`);
  await using client = await connect({
    ...(settings.REDIS_URL === undefined ? {} : { redisUrl: reachable(settings.REDIS_URL) }),
    keyPrefix: settings.KEY_PREFIX,
    listenChannel: settings.LISTEN_CHANNEL,
    infoKey: settings.REDIS_INFO_KEY,
    timeoutMs: Number(timeout),
  });
  const people = io.outIsTerminal && flags.json !== true;
  // Ctrl-C ends whatever waits: closing the client rejects it.
  const stop = () => void client[Symbol.asyncDispose]();
  io.signal.addEventListener("abort", stop);
  try {
    return await run(client, {
      people,
      data(value, lines) {
        if (!people) io.print(JSON.stringify(value));
        else for (const line of lines()) io.print(line);
      },
    });
  } catch (error) {
    if (!io.signal.aborted) throw error;
    io.note("okws: interrupted");
    return EXIT.failed;
  } finally {
    io.signal.removeEventListener("abort", stop);
  }
}

/** A service that is configured with its own store is reached at that store's address. */
function reachable(url: string): string {
  const target = parseRedisUrl(url);
  return target.kind === "embedded" ? `redis://${target.hostname}:${target.port}` : url;
}

async function showStatus(client: Client, name: string | undefined, show: Show): Promise<number> {
  const names = name === undefined ? await client.servers() : [name];
  const views: StatusView[] = [];
  for (const each of names) {
    const view = await client.status(each) as Omit<StatusView, "records">;
    views.push({ ...view, records: Object.fromEntries(await client.subscriptions(each)) });
  }
  show.data(name === undefined ? views : views[0], () => renderServers(views, Date.now()));
  return EXIT.done;
}

async function watch(
  client: Client,
  options: { name: string; wanted: readonly string[]; limit: number; show: Show; io: Io },
): Promise<number> {
  const { name, wanted, limit, show, io } = options;
  const known = await client.subscriptions(name);
  const missing = wanted.filter((path) => !known.has(path));
  if (missing.length > 0) io.note(`Not subscribed yet: okws client subscribe ${name} ${missing.join(" ")}`);
  let left = limit;
  for await (const { path, row } of client.watchPaths(name, wanted)) {
    show.data({ path, row }, () => [`${new Date().toISOString().slice(11, 23)}  ${path}  ${plain(row)}`]);
    if (--left <= 0) break;
  }
  return EXIT.done;
}

function toOpen(flags: {
  readonly endpoint?: string | undefined;
  readonly protocol?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly secret?: string | undefined;
  readonly passphrase?: string | undefined;
}): OpenOptions {
  return {
    ...(flags.endpoint === undefined ? {} : { endpoint: flags.endpoint }),
    ...(flags.protocol === "v5" || flags.protocol === "v3" ? { protocol: flags.protocol } : {}),
    ...(flags.apiKey === undefined ? {} : { apiKey: flags.apiKey }),
    ...(flags.secret === undefined ? {} : { secret: flags.secret }),
    ...(flags.passphrase === undefined ? {} : { password: flags.passphrase }),
  };
}

/** A path, or an argument object where it starts with a brace. */
function toPath(text: string): PathOrArg {
  if (!text.startsWith("{")) return text;
  try {
    const arg: unknown = JSON.parse(text);
    if (typeof arg === "object" && arg !== null && "channel" in arg) return arg as Record<string, string>;
    throw new SyntaxError("no channel");
  } catch {
    throw new UsageError(
      `An argument object is JSON, e.g. '{"channel":"tickers","instId":"ETH-USDT"}': ${text}`,
    );
  }
}

/** The path of either spelling. */
function pathOf(text: string): string {
  const wanted = toPath(text);
  return typeof wanted === "string" ? wanted : formatPath(wanted as { channel: string });
}

function readFilters(filters: readonly string[]): Record<string, string> {
  return Object.fromEntries(filters.map((filter) => {
    const at = filter.indexOf("=");
    if (at < 1) throw new UsageError(`A filter is KEY=VALUE, e.g. instrument_id=ETH-USDT: ${filter}`);
    return [filter.slice(0, at), filter.slice(at + 1)];
  }));
}

function readCount<Name extends string>(
  name: Name,
  flag: string,
  text: string | undefined,
  least: number,
): { [K in Name]?: number } {
  if (text === undefined) return {};
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count < least) {
    throw new UsageError(`${flag} is a whole number from ${least}: ${text}`);
  }
  return { [name]: count } as { [K in Name]?: number };
}

function describe({ path, state, error }: PathResult): string {
  return error === null ? `${path}  ${state}` : `${path}  ${state}: ${error.code} ${safeText(error.message)}`;
}

function renderCached(cached: NonNullable<Cached>): string[] {
  if (!Array.isArray(cached)) {
    return renderTable(
      ["member", "value"],
      Object.entries(cached).map(([name, value]) => [name, safeText(value)]),
    );
  }
  const header = Object.keys(cached[0] as CachedRow);
  return renderTable(header, cached.map((row) => header.map((name) => safeText(row[name] ?? ""))));
}

function plain(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(row).map(([name, value]) =>
    `${name}=${safeText(typeof value === "string" ? value : JSON.stringify(value) ?? "")}`
  ).join(" ");
}

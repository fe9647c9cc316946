/**
 * Everything under HTTP put together: the pages, the streams that feed them, and the second hand that moves the history
 * on. The service passes on what happens; nothing here can hold the service up.
 */
import type { SessionEvent } from "../model/events.ts";
import type { Stats } from "../model/stats.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import type { Identity } from "../shared/identity.ts";
import type { Access } from "./guard.ts";
import type { CommandPort } from "./commands.ts";
import { createFeed } from "./feed.ts";
import { createHandler, type Handler } from "./handler.ts";
import { createHistory } from "./history.ts";
import { createJournal } from "./journal.ts";
import { createLogins } from "./logins.ts";
import { readProcessUse } from "./process.ts";
import { createQuotes } from "./quotes.ts";
import { type RowsPort, streamRows } from "./rows.ts";
import { createStreams } from "./streams.ts";
import type { View } from "./view.ts";

/** A dashboard at work; disposing closes every stream. */
export type Dashboard = Disposable & {
  readonly handle: Handler;
  onEvent(server: string, event: SessionEvent): void;
  /** Redis went away (why), or takes writes again. */
  onOutage(reason: string | undefined): void;
};

/** What the service provides. */
export type DashboardOptions = {
  readonly view: () => View;
  /** The running totals themselves, since a view of everything is too much to ask every second. */
  readonly stats: Stats;
  readonly access: Access;
  readonly identity: Identity;
  readonly rows: RowsPort;
  readonly commands: CommandPort;
  /** Reads the names of the instruments that paths of a server list. */
  readonly instrumentNames: (server: string, paths: readonly string[]) => Promise<readonly string[]>;
};

/** Names are read in this time or not at all. */
const NAMES_MS = 5000;

const SECOND_MS = 1000;

/** A change is sent after this long, together with what changed with it. */
const SOON_MS = 100;

/** First answers that may be read from Redis at the same time; data goes first. */
const MAX_READS = 8;

/** Starts the second hand. */
export function createDashboard(options: DashboardOptions): Dashboard {
  const { view, stats, access, identity, rows, commands } = options;
  const journal = createJournal();
  const streams = createStreams();
  const closing = new AbortController();
  const logins = createLogins({ stats, signal: closing.signal });
  const history = createHistory(stats, readProcessUse(), Date.now());
  const accounts = access.password !== undefined;
  const describe = (server: string, path: string) => rows.describe(server, path);
  const feed = createFeed({
    ...{ view, describe, journal, history, accounts },
    commands: accounts ? commands.ops : [],
  });
  const quotes = createQuotes({ view, rows, accounts });
  const tellQuotes = () => {
    const changed = quotes.tick();
    if (changed.length > 0) feed.send("quotes", JSON.stringify(changed));
  };
  const seconds = setInterval(() => {
    feed.tick(history.add(stats, readProcessUse(), Date.now()));
    if (feed.size > 0) tellQuotes();
    else quotes.stop();
  }, SECOND_MS);
  let soon: ReturnType<typeof setTimeout> | undefined;
  let reads = 0;

  const tellSoon = () => {
    if (feed.size === 0) return;
    soon ??= setTimeout(() => {
      soon = undefined;
      feed.tick();
    }, SOON_MS);
  };

  const events = (): Response => {
    const stream = streams.open();
    if (stream === undefined) return busy("Too many pages are open");
    feed.attach(stream);
    stream.send("quotes", JSON.stringify(quotes.all()));
    tellQuotes();
    return stream.response;
  };

  const rowsOf = (server: string, paths: readonly string[]): Response => {
    const current = view();
    const unknown = paths.find((path) => !isWanted(current, server, path));
    if (unknown !== undefined) return plain(404, `${server} has no subscription of that path`);
    // Redis may have a password where this page has none.
    if (!accounts && paths.some((path) => rows.describe(server, path).login)) {
      return plain(403, "Rows of an account are shown only with HTTP_PASSWORD set");
    }
    if (reads >= MAX_READS) return busy("Too many pages are being opened");
    const stream = streams.open();
    if (stream === undefined) return busy("Too many pages are open");
    for (const path of new Set(paths)) {
      reads += 1;
      void streamRows(stream, rows, { server, path }).finally(() => reads -= 1);
    }
    return stream.response;
  };

  const instruments = async (name: string): Promise<Response> => {
    const server = view().servers.find((each) => each.name === name);
    if (server === undefined) return plain(404, "There is no server of that name");
    if (reads >= MAX_READS) return busy("Too many pages are being opened");
    reads += 1;
    try {
      const paths = server.subscriptions.map(({ path }) => path);
      const names = options.instrumentNames(name, paths).catch(() => undefined);
      const found = await withDeadline(names, NAMES_MS, () => undefined);
      return found === undefined ? busy("Redis does not answer") : Response.json(found);
    } finally {
      reads -= 1;
    }
  };

  return {
    handle: createHandler({
      view,
      access,
      identity,
      logins,
      commands,
      live: { events, rows: rowsOf, instruments },
    }),
    onEvent(server, event) {
      if (event.kind === "rows" || event.kind === "book") return;
      journal.onEvent(server, event);
      tellSoon();
    },
    onOutage(reason) {
      if (reason === undefined) journal.note("info", "Redis takes writes again", Date.now());
      else journal.note("error", `Redis takes no writes: ${reason}`, Date.now());
      tellSoon();
    },
    [Symbol.dispose]() {
      clearInterval(seconds);
      clearTimeout(soon);
      closing.abort();
      quotes.stop();
      streams[Symbol.dispose]();
    },
  };
}

function isWanted(view: View, server: string, path: string): boolean {
  const found = view.servers.find(({ name }) => name === server);
  return found?.subscriptions.some((each) => each.path === path) ?? false;
}

function busy(message: string): Response {
  return plain(503, message, { "retry-after": "2" });
}

function plain(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}

/**
 * Everything under HTTP put together: the pages, the streams that feed them, and the second hand that moves the history
 * on. The service passes on what happens; nothing here can hold the service up.
 */
import type { SessionEvent } from "../model/events.ts";
import type { Stats } from "../model/stats.ts";
import type { Identity } from "../shared/identity.ts";
import type { Access } from "./guard.ts";
import type { CommandPort } from "./commands.ts";
import { createFeed } from "./feed.ts";
import { createHandler, type Handler } from "./handler.ts";
import { createHistory, type Moment } from "./history.ts";
import { createJournal } from "./journal.ts";
import { createLogins } from "./logins.ts";
import { readProcessUse } from "./process.ts";
import { createQuotes } from "./quotes.ts";
import { busy, PageReads } from "./page_reads.ts";
import type { RowsPort } from "./rows.ts";
import { createStreams } from "./streams.ts";
import { message } from "../shared/messages/message.ts";
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

const SECOND_MS = 1000;

/** A change is sent after this long, together with what changed with it. */
const SOON_MS = 100;

/** Starts the second hand. */
export function createDashboard(options: DashboardOptions): Dashboard {
  const { view, stats, access, identity, rows, commands } = options;
  const journal = createJournal();
  const streams = createStreams();
  const closing = new AbortController();
  const logins = createLogins({ stats, signal: closing.signal });
  const history = createHistory(stats, readProcessUse(), readMoment());
  const accounts = access.password !== undefined;
  const reads = new PageReads({ view, rows, streams, accounts, instrumentNames: options.instrumentNames });
  const describe = (server: string, path: string) => rows.describe(server, path);
  const feed = createFeed({
    ...{ view, describe, journal, history, accounts },
    commands: accounts ? commands.ops : [],
  });
  const quotes = createQuotes({ view, rows, accounts });
  const sendQuotes = () => {
    const changed = quotes.tick();
    if (changed.length > 0) feed.send("quotes", JSON.stringify(changed));
  };
  const seconds = setInterval(() => {
    feed.tick(history.add(stats, readProcessUse(), readMoment()));
    if (feed.size > 0) sendQuotes();
    else quotes.stop();
  }, SECOND_MS);
  let soon: ReturnType<typeof setTimeout> | undefined;

  const sendSoon = () => {
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
    sendQuotes();
    return stream.response;
  };

  return {
    handle: createHandler({
      view,
      access,
      identity,
      logins,
      commands,
      live: {
        events,
        rows: (server, paths) => reads.rowsOf(server, paths),
        instruments: (server) => reads.instruments(server),
      },
    }),
    onEvent(server, event) {
      if (event.kind === "rows" || event.kind === "book") return;
      journal.onEvent(server, event);
      sendSoon();
    },
    onOutage(reason) {
      if (reason === undefined) journal.note("info", message("journal.redis_back").english, Date.now());
      else journal.note("error", message("journal.redis_away", { reason }).english, Date.now());
      sendSoon();
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

function readMoment(): Moment {
  return { at: Date.now(), steadyMs: performance.now() };
}

/** What an open page asks of Redis, a few answers at the same time: the rows of paths, and the names of instruments. */
import { withDeadline } from "../shared/async/with_deadline.ts";
import { type RowsPort, streamRows } from "./rows.ts";
import type { Streams } from "./streams.ts";
import type { View } from "./view.ts";
import { plainText } from "./plain_text.ts";

/** What is read from, and what for. */
export type PageReadsOptions = {
  readonly view: () => View;
  readonly rows: RowsPort;
  readonly streams: Streams;
  /** Whether rows of an account are shown. */
  readonly accounts: boolean;
  readonly instrumentNames: (server: string, paths: readonly string[]) => Promise<readonly string[]>;
};

/** Names are read in this time or not at all. */
const NAMES_MS = 5000;

/** First answers that may be read from Redis at the same time; data goes first. */
const MAX_READS = 8;

/** Answers of pages that are open. */
export class PageReads {
  readonly #options: PageReadsOptions;
  #reads = 0;

  constructor(options: PageReadsOptions) {
    this.#options = options;
  }

  /** Returns the rows of paths, as they are and as they come. */
  rowsOf(server: string, paths: readonly string[]): Response {
    const { view, rows, streams, accounts } = this.#options;
    const current = view();
    const unknown = paths.find((path) => !isDesired(current, server, path));
    if (unknown !== undefined) return plainText(404, `${server} has no subscription of that path`);
    // Redis may have a password where this page has none.
    if (!accounts && paths.some((path) => rows.describe(server, path).login)) {
      return plainText(403, "Rows of an account are shown only with HTTP_PASSWORD set");
    }
    if (this.#reads >= MAX_READS) return busy("Too many pages are being opened");
    const stream = streams.open();
    if (stream === undefined) return busy("Too many pages are open");
    for (const path of new Set(paths)) {
      this.#reads += 1;
      void streamRows(stream, rows, { server, path }).finally(() => this.#reads -= 1);
    }
    return stream.response;
  }

  /** The names of the instruments that the paths of a server list. */
  async instruments(name: string): Promise<Response> {
    const { view, instrumentNames } = this.#options;
    const server = view().servers.find((each) => each.name === name);
    if (server === undefined) return plainText(404, "There is no server of that name");
    if (this.#reads >= MAX_READS) return busy("Too many pages are being opened");
    this.#reads += 1;
    try {
      const paths = server.subscriptions.map(({ path }) => path);
      const names = instrumentNames(name, paths).catch(() => undefined);
      const found = await withDeadline(names, NAMES_MS, () => undefined);
      return found === undefined ? busy("Redis does not answer") : Response.json(found);
    } finally {
      this.#reads -= 1;
    }
  }
}

function isDesired(view: View, server: string, path: string): boolean {
  const found = view.servers.find(({ name }) => name === server);
  return found?.subscriptions.some((each) => each.path === path) ?? false;
}

/** Returns the response where there is no room for one more, for now. */
export function busy(message: string): Response {
  return plainText(503, message, { "retry-after": "2" });
}

/// <reference lib="dom" />
/** The paths that are offered while one is typed: of what is subscribed here, and of what the exchange lists. */
import { hasPassed } from "../src/shared/elapsed.ts";
import { find, make } from "./dom.ts";
import type { Model, Path } from "./model.ts";
import { suggestPaths } from "./suggest_paths.ts";
import { t } from "./texts.ts";
import { meantBy } from "./upper_case.ts";

/** A list of instruments is asked for again after this long. */
const LISTED_MS = 60_000;

/** Where a path is typed and for which server, and the path that is shown. */
type Options = {
  readonly field: HTMLInputElement;
  readonly servers: HTMLSelectElement;
  readonly chosen: () => Path | undefined;
};

/** What others may ask. */
export type Suggestions = {
  /** What was likely meant by paths that were refused, in words. */
  meant(server: string, refused: readonly string[]): Promise<string[]>;
};

/** Names of instruments, once they have come, and when they were asked for. */
type Listed = {
  readonly at: number;
  readonly coming: Promise<readonly string[]>;
  names: readonly string[];
};

/** Starts them. */
export function startSuggestions(model: Model, { field, servers, chosen }: Options): Suggestions {
  const options = find("add-paths");
  const listed = new Map<string, Listed>();
  const pathsOf = (server: string) => [...model.paths.values()].filter((path) => path.server === server);

  const suggest = () => {
    const paths = pathsOf(servers.value);
    const known = {
      instruments: [
        ...new Set([
          ...(chosen()?.server === servers.value ? [chosen()?.subject ?? ""] : []),
          ...paths.filter(({ table, login }) => table !== "rows" && !login).map(({ subject }) => subject),
          ...listed.get(servers.value)?.names ?? [],
        ]),
      ].filter((name) => name !== ""),
      subscribed: new Set(paths.map(({ path }) => path)),
    };
    const found = suggestPaths(field.value, known);
    options.replaceChildren(...found.map((value) => make("option", { value })));
  };

  const list = (server: string): Promise<readonly string[]> => {
    const now = Date.now();
    const before = listed.get(server);
    if (before !== undefined && !hasPassed(before.at, LISTED_MS, now)) return before.coming;
    // Without a list there are fewer suggestions.
    const coming: Promise<string[]> = fetch(`/api/instruments?${new URLSearchParams({ server })}`)
      .then((response) => response.ok ? response.json() : []).catch(() => []);
    const asked: Listed = { at: now, coming, names: before?.names ?? [] };
    listed.set(server, asked);
    return coming.then((names) => asked.names = names);
  };

  const begin = async () => {
    suggest();
    if (servers.value === "") return;
    await list(servers.value);
    suggest();
  };
  field.addEventListener("focus", begin);
  field.addEventListener("input", suggest);
  servers.addEventListener("change", begin);
  return {
    async meant(server, refused) {
      if (refused.length === 0) return [];
      const known = { paths: pathsOf(server), listed: await list(server) };
      return refused.flatMap((path) => meantBy(path, known) ?? []).map(({ path, isListed }) =>
        t(isListed ? "page.meant_listed" : "page.meant_likely", { path })
      );
    },
  };
}

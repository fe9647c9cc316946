/// <reference lib="dom" />
/** The paths that are offered while one is typed: of what is subscribed here, and of what the exchange lists. */
import { hasPassed } from "../src/shared/elapsed.ts";
import { find, make } from "./dom.ts";
import type { Model, Path } from "./model.ts";
import { suggestPaths } from "./suggest_paths.ts";

/** A list of instruments is asked for again after this long. */
const LISTED_MS = 60_000;

/** Where a path is typed and for which server, and the path that is shown. */
type Options = {
  readonly field: HTMLInputElement;
  readonly servers: HTMLSelectElement;
  readonly chosen: () => Path | undefined;
};

/** Starts them. */
export function startSuggestions(model: Model, { field, servers, chosen }: Options): void {
  const options = find("add-paths");
  const listed = new Map<string, { at: number; names: readonly string[] }>();

  const suggest = () => {
    const paths = [...model.paths.values()].filter(({ server }) => server === servers.value);
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

  const list = async () => {
    const server = servers.value;
    const now = Date.now();
    if (server === "" || !hasPassed(listed.get(server)?.at ?? 0, LISTED_MS, now)) return;
    listed.set(server, { at: now, names: listed.get(server)?.names ?? [] });
    // Without a list there are fewer suggestions.
    const names = await fetch(`/api/instruments?${new URLSearchParams({ server })}`)
      .then((response) => response.ok ? response.json() : []).catch(() => []);
    listed.set(server, { at: now, names });
    suggest();
  };

  const begin = () => {
    suggest();
    void list();
  };
  field.addEventListener("focus", begin);
  field.addEventListener("input", suggest);
  servers.addEventListener("change", begin);
}

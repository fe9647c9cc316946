/// <reference lib="dom" />
/** The one stream of rows that feeds the panels, opened again where other paths are to be seen. */
import type { Path } from "./model.ts";
import type { RawRow } from "./rows.ts";
import { openSource, type Source } from "./source.ts";

/** A panel that shows the rows of a path. */
export type Panel = {
  setRows(rows: readonly RawRow[], keys: readonly string[]): void;
  addRows(rows: readonly RawRow[], keys: readonly string[]): void;
  clear(...words: (Node | string)[]): void;
};

/** A panel, its name, and what is to be seen in it; a path can be seen in two. */
export type Shown = { readonly name: string; readonly panel: Panel; readonly path: Path };

/** What others may do with the stream. */
export type RowFeed = {
  /** Has these panels fed, all of paths of `server`; what is the same as before goes on. */
  open(server: string | undefined, shown: readonly Shown[]): void;
};

type Rows = {
  readonly path: string;
  readonly rows: readonly RawRow[];
  readonly keys?: readonly string[];
};

/** Creates it; nothing is read yet. */
export function createRowFeed(): RowFeed {
  let source: Source | undefined;
  let opened = "";
  return {
    open(server, shown) {
      const paths = [...new Set(shown.map(({ path }) => path.path))];
      const key = JSON.stringify([server, shown.map(({ name, path }) => [name, path.path])]);
      if (key === opened) return;
      opened = key;
      source?.close();
      source = undefined;
      if (server === undefined || paths.length === 0) return;
      const query = new URLSearchParams([["server", server], ...paths.map((path) => ["path", path])]);
      source = openSource(`/api/rows?${query}`, { on: handlersOf(shown) }, false);
    },
  };
}

function handlersOf(shown: readonly Shown[]): Record<string, (data: unknown) => void> {
  const panelsOf = (path: string) =>
    shown.filter((each) => each.path.path === path).map(({ panel }) => panel);
  return {
    snapshot(data) {
      const { path, rows, keys = [] } = data as Rows;
      for (const panel of panelsOf(path)) panel.setRows(rows, keys);
    },
    rows(data) {
      const { path, rows, keys = [] } = data as Rows;
      for (const panel of panelsOf(path)) panel.addRows(rows, keys);
    },
  };
}

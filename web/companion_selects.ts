/// <reference lib="dom" />
/** The lists above the chart and the book from which other candles and another book are chosen. */
import type { Companions } from "./companions.ts";
import { find, make } from "./dom.ts";
import type { Model, Path } from "./model.ts";

/** Paths that a list offers. */
const MAX_OPTIONS = 500;

/** What others may do with the lists. */
export type CompanionSelects = {
  /** Offers the paths that there are now; what is shown is selected. */
  fill(shown: Companions): void;
};

/** Starts the lists. */
export function startCompanionSelects(model: Model, onChoose: (path: Path) => void): CompanionSelects {
  const selects = [
    { select: find<HTMLSelectElement>("chart-path"), kind: "candle" },
    { select: find<HTMLSelectElement>("book-path"), kind: "book" },
  ] as const;
  for (const { select } of selects) {
    select.addEventListener("change", () => {
      const path = model.paths.get(Number(select.value));
      if (path !== undefined) onChoose(path);
    });
  }
  return {
    fill({ candles, book }) {
      for (const { select, kind } of selects) {
        fillSelect(select, pathsOf(model, kind), kind === "candle" ? candles : book);
      }
    },
  };
}

function pathsOf(model: Model, kind: Path["kind"]): Path[] {
  return [...model.paths.values()].filter((path) => path.kind === kind)
    .sort((a, b) => a.server < b.server || (a.server === b.server && a.path < b.path) ? -1 : 1);
}

function fillSelect(select: HTMLSelectElement, paths: readonly Path[], current: Path | undefined): void {
  const several = new Set(paths.map(({ server }) => server)).size > 1;
  const options = paths.slice(0, MAX_OPTIONS).map(({ id, server, path }) =>
    make("option", { value: String(id) }, several ? `${server} ${path}` : path)
  );
  if (current === undefined) options.unshift(make("option", { value: "" }, "–"));
  select.replaceChildren(...options);
  select.value = current === undefined ? "" : String(current.id);
  select.disabled = options.length < 2;
}

/** What a key does in a live view: the choices before in, those after out. Pure. */
import type { Key } from "./keys.ts";
import { askAbout, pressOverlay } from "./overlay.ts";
import { type Extent, reveal, type Ui } from "./ui.ts";

/** Longest filter. */
const MAX_FILTER = 64;

/** Returns the choices after a key; undefined ends the view. */
export function pressKey(ui: Ui, key: Key, extent: Extent): Ui | undefined {
  if (key === "interrupt") return undefined;
  if (ui.overlay !== undefined) return pressOverlay(ui, ui.overlay, key, extent);
  const { page, total } = extent;
  switch (key) {
    case "up":
      return step(ui, -1, extent);
    case "down":
      return step(ui, 1, extent);
    case "pageUp":
      return scroll(ui, -Math.max(1, page - 1), extent);
    case "pageDown":
      return scroll(ui, Math.max(1, page - 1), extent);
    case "home":
      return { ...ui, top: 0, cursor: undefined };
    case "end":
      return { ...ui, top: Math.max(0, total - page), cursor: undefined };
  }
  if (ui.typing) return typeKey(ui, key);
  switch (key) {
    case "escape":
      // The first ones take the filter and the choice of a row back, as people expect of a search.
      if (ui.filter !== "") return { ...ui, filter: "", top: 0 };
      return ui.cursor === undefined ? undefined : { ...ui, cursor: undefined };
    case "enter":
      return showDetail(ui, extent);
    case "tab":
      return turnTo(ui, ui.tab + 1, extent);
    case "backTab":
      return turnTo(ui, ui.tab - 1, extent);
    case "backspace":
      return ui;
  }
  return pressChar(ui, key.char, extent);
}

function pressChar(ui: Ui, char: string, extent: Extent): Ui | undefined {
  const { page, total, hasAll = false } = extent;
  if (/^[0-9]$/.test(char)) {
    // Where no tab has all tables, 0 is the first one.
    const tab = Math.max(0, Number(char) - (hasAll ? 0 : 1));
    return tab >= (extent.tabs ?? 1) ? ui : turnTo(ui, tab, extent);
  }
  switch (char) {
    case "q":
    case "Q":
      return undefined;
    case "k":
      return step(ui, -1, extent);
    case "j":
      return step(ui, 1, extent);
    case " ":
      return scroll(ui, Math.max(1, page - 1), extent);
    case "g":
      return { ...ui, top: 0, cursor: undefined };
    case "G":
      return { ...ui, top: Math.max(0, total - page), cursor: undefined };
    case "/":
      return { ...ui, typing: true };
    case "s":
      return { ...ui, sort: nextColumn(ui.sort, extent), reversed: false };
    case "r":
      return { ...ui, reversed: !ui.reversed };
    case "?":
      return { ...ui, overlay: { kind: "help", top: 0 } };
    case "c":
      return (extent.choices ?? []).length === 0 ? ui : { ...ui, overlay: { kind: "columns", at: 0 } };
    case "u":
      return askAbout(ui, ui.cursor, extent);
    default:
      return ui;
  }
}

/** Chooses the next row, or scrolls by a line where there are none to choose from. */
function step(ui: Ui, by: 1 | -1, extent: Extent): Ui {
  const { keys = [], page, total } = extent;
  if (!keys.some((key) => key !== undefined)) return scroll(ui, by, extent);
  const at = ui.cursor === undefined ? -1 : keys.indexOf(ui.cursor);
  // The first one is the first that is seen.
  let next = at >= 0 ? at + by : by > 0 ? ui.top : Math.min(total, ui.top + page) - 1;
  while (next >= 0 && next < keys.length && keys[next] === undefined) next += by;
  const key = keys[next];
  if (key === undefined) return by < 0 ? { ...ui, top: 0 } : ui;
  return { ...ui, cursor: key, top: reveal(ui.top, next, page) };
}

/** Scrolls by so many lines; a chosen row that is left behind gives way to the nearest that is seen. */
function scroll(ui: Ui, by: number, { page, total, keys = [] }: Extent): Ui {
  const top = Math.min(Math.max(0, total - page), Math.max(0, ui.top + by));
  if (ui.cursor === undefined) return { ...ui, top };
  const at = keys.indexOf(ui.cursor);
  const wanted = Math.min(keys.length - 1, Math.max(0, at + by));
  const near = keys.map((key, i) => ({ key, far: Math.abs(i - wanted) })).filter(({ key }) =>
    key !== undefined
  );
  const { key } = near.reduce(
    (best, each) => each.far < best.far ? each : best,
    near[0] ?? { key: undefined, far: 0 },
  );
  return { ...ui, cursor: key, top: key === undefined ? top : reveal(top, keys.indexOf(key), page) };
}

function showDetail(ui: Ui, { keys = [], hasDetail = false }: Extent): Ui {
  if (!hasDetail) return ui;
  const isThere = ui.cursor !== undefined && keys.includes(ui.cursor);
  const key = isThere ? ui.cursor : keys.slice(ui.top).find((each) => each !== undefined);
  return key === undefined ? ui : { ...ui, cursor: key, overlay: { kind: "detail", key, top: 0 } };
}

function turnTo(ui: Ui, tab: number, { tabs = 1 }: Extent): Ui {
  if (tabs < 2) return ui;
  return { ...ui, tab: (tab + tabs) % tabs, top: 0, cursor: undefined, sort: -1, reversed: false };
}

function nextColumn(sort: number, { columns, hidden }: Extent): number {
  for (let next = sort + 1; next < columns; next++) if (hidden?.has(next) !== true) return next;
  return -1;
}

function typeKey(
  ui: Ui,
  key: Exclude<Key, "up" | "down" | "pageUp" | "pageDown" | "home" | "end" | "interrupt">,
): Ui {
  switch (key) {
    case "enter":
      return { ...ui, typing: false };
    case "escape":
      return { ...ui, typing: false, filter: "", top: 0 };
    case "backspace":
      return { ...ui, filter: [...ui.filter].slice(0, -1).join(""), top: 0 };
    case "tab":
    case "backTab":
      return ui;
    default:
      return ui.filter.length >= MAX_FILTER ? ui : { ...ui, filter: ui.filter + key.char, top: 0 };
  }
}

/** What a person has chosen in a live view: where it is scrolled to, what is filtered for, how it is sorted. */
import type { Key } from "./keys.ts";

/** The choices. */
export type Ui = {
  /** First line of the body that is shown. */
  readonly top: number;
  /** Rows without this text are left out; empty: none is. */
  readonly filter: string;
  /** Whether keys are typed into the filter. */
  readonly typing: boolean;
  /** Column that rows are sorted by; -1: as they come. */
  readonly sort: number;
  readonly reversed: boolean;
};

/** What the last frame had, which limits what a key can do. */
export type Extent = {
  /** Lines of the body that fit, and lines that there are. */
  readonly page: number;
  readonly total: number;
  /** Columns that can be sorted by. */
  readonly columns: number;
};

/** Nothing chosen. */
export const FIRST_UI: Ui = { top: 0, filter: "", typing: false, sort: -1, reversed: false };

/** Longest filter. */
const MAX_FILTER = 64;

/** The choices after a key; undefined ends the view. */
export function pressKey(ui: Ui, key: Key, extent: Extent): Ui | undefined {
  if (key === "interrupt") return undefined;
  const { page, total, columns } = extent;
  const last = Math.max(0, total - page);
  const to = (top: number): Ui => ({ ...ui, top: Math.min(last, Math.max(0, top)) });
  switch (key) {
    case "up":
      return to(ui.top - 1);
    case "down":
      return to(ui.top + 1);
    case "pageUp":
      return to(ui.top - Math.max(1, page - 1));
    case "pageDown":
      return to(ui.top + Math.max(1, page - 1));
    case "home":
      return to(0);
    case "end":
      return to(last);
  }
  if (ui.typing) return typeKey(ui, key);
  switch (key) {
    case "escape":
      // The first one takes the filter back, as people expect of a search.
      return ui.filter === "" ? undefined : { ...ui, filter: "", top: 0 };
    case "enter":
    case "backspace":
      return ui;
  }
  switch (key.char) {
    case "q":
    case "Q":
      return undefined;
    case "k":
      return to(ui.top - 1);
    case "j":
      return to(ui.top + 1);
    case " ":
      return to(ui.top + Math.max(1, page - 1));
    case "g":
      return to(0);
    case "G":
      return to(last);
    case "/":
      return { ...ui, typing: true };
    case "s":
      return { ...ui, sort: ui.sort + 1 >= columns ? -1 : ui.sort + 1, reversed: false };
    case "r":
      return { ...ui, reversed: !ui.reversed };
    default:
      return ui;
  }
}

function typeKey(ui: Ui, key: "enter" | "escape" | "backspace" | { readonly char: string }): Ui {
  switch (key) {
    case "enter":
      return { ...ui, typing: false };
    case "escape":
      return { ...ui, typing: false, filter: "", top: 0 };
    case "backspace":
      return { ...ui, filter: [...ui.filter].slice(0, -1).join(""), top: 0 };
    default:
      return ui.filter.length >= MAX_FILTER ? ui : { ...ui, filter: ui.filter + key.char, top: 0 };
  }
}

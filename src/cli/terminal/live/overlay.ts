/** What lies over the tables of a live view, and what keys do there: the help, a row in full, the columns, a question. Pure. */
import type { Key } from "./keys.ts";
import type { Extent, Overlay, Ui } from "./ui.ts";

/** Returns the choices after a key over an overlay. */
export function pressOverlay(ui: Ui, overlay: Overlay, key: Key, extent: Extent): Ui {
  const closed: Ui = { ...ui, overlay: undefined };
  const char = typeof key === "object" ? key.char.toLowerCase() : undefined;
  if (overlay.kind === "confirm") {
    // Whatever is no clear yes is a no, and no key that may have been pressed for something else is a yes.
    return char === "y" ? { ...closed, request: overlay.target } : closed;
  }
  if (key === "escape" || key === "enter" || char === "q") return closed;
  const step = stepOf(key, char, extent.page);
  if (overlay.kind === "columns") return pressColumns(ui, overlay.at, { step, char }, extent);
  if (overlay.kind === "help" && char === "?") return closed;
  if (overlay.kind === "detail" && char === "u") return askAbout(closed, overlay.key, extent);
  if (step === undefined) return ui;
  const top = Math.max(0, Math.min(extent.panel ?? 0, overlay.top + step));
  return { ...ui, overlay: { ...overlay, top } };
}

/** Opens the question whether the subscription of a row is to end; where it has none, a hint. */
export function askAbout(ui: Ui, key: string | undefined, { targetOf }: Extent): Ui {
  if (targetOf === undefined) return ui;
  if (key === undefined) return { ...ui, hint: "live.no_row_chosen" };
  const target = targetOf(key);
  return target === undefined
    ? { ...ui, hint: "live.row_without_path" }
    : { ...ui, overlay: { kind: "confirm", target } };
}

function pressColumns(
  ui: Ui,
  at: number,
  { step, char }: { readonly step: number | undefined; readonly char: string | undefined },
  { choices = [] }: Extent,
): Ui {
  if (char === " ") {
    const id = choices[at];
    if (id === undefined) return ui;
    const toggled = new Set(ui.toggled);
    if (!toggled.delete(id)) toggled.add(id);
    return { ...ui, toggled };
  }
  if (char === "c") return { ...ui, overlay: undefined };
  if (step === undefined) return ui;
  return {
    ...ui,
    overlay: { kind: "columns", at: Math.max(0, Math.min(choices.length - 1, at + step)) },
  };
}

/** By how many lines a key goes on; undefined: by none. */
function stepOf(key: Key, char: string | undefined, page: number): number | undefined {
  if (key === "up" || char === "k") return -1;
  if (key === "down" || char === "j") return 1;
  if (key === "pageUp") return -Math.max(1, page - 1);
  if (key === "pageDown") return Math.max(1, page - 1);
  if (key === "home") return -Infinity;
  return key === "end" ? Infinity : undefined;
}

/// <reference lib="dom" />
/** What happened lately, newest first. */
import { find, make, setAttribute } from "./dom.ts";
import { formatClock } from "./format.ts";
import type { Model } from "./model.ts";
import { say } from "./texts.ts";

/** What others may do with the events. */
export type LogPanel = { draw(): void; toggleWarnings(): void };

/** Starts the panel. */
export function startLogPanel(model: Model): LogPanel {
  const log = find("log");
  const button = find("log-level");
  let warnings = false;
  let drawn = "";
  const draw = () => {
    const entries = model.entries.filter(({ level }) => !warnings || level !== "info");
    const state = `${warnings} ${entries.at(-1)?.id} ${entries.length} ${model.tick?.startedAt}`;
    if (state === drawn) return;
    drawn = state;
    const lines = entries.toReversed().map(({ at, level, server, text }) =>
      make(
        "div",
        { class: "entry", "data-level": level },
        make("time", { datetime: new Date(at).toISOString() }, formatClock(at)),
        make("span", { class: "who" }, server || "okws"),
        make("span", { class: "what" }, say(text)),
      )
    );
    log.replaceChildren(...lines);
  };
  const toggleWarnings = () => {
    warnings = !warnings;
    setAttribute(button, "aria-pressed", String(warnings));
    draw();
  };
  button.addEventListener("click", toggleWarnings);
  return { draw, toggleWarnings };
}

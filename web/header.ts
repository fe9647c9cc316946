/// <reference lib="dom" />
/** The bar: whether all is well, and the few numbers that tell how it goes. */
import { find, make, setAttribute, setText } from "./dom.ts";
import { formatAge, formatBytes, formatCount, formatMillis } from "./format.ts";
import type { Model } from "./model.ts";
import type { Link } from "./source.ts";

/** What others may do with the bar. */
export type Header = { draw(link: Link): void };

const STATS = ["Rows/s", "Messages/s", "To Redis", "Waiting", "Redis", "Memory", "Up"] as const;

/** Starts the bar. */
export function startHeader(model: Model): Header {
  const pill = find("ready");
  const words = pill.lastElementChild as Element;
  const faults = find("faults");
  let open = false;
  const values = new Map(STATS.map((name) => {
    const value = make("dd", {}, "–");
    find("stats").append(make("div", {}, make("dt", {}, name), value));
    return [name, value];
  }));
  pill.addEventListener("click", () => {
    open = !open;
    drawFaults();
  });

  const drawFaults = () => {
    const { tick } = model;
    const list = tick?.faults ?? [];
    const more = (tick?.faultCount ?? 0) - list.length;
    const lost = document.body.dataset.link === "lost";
    const lines = lost
      ? ["No connection to okws. Trying again; what is shown is the last that was heard."]
      : [
        ...list,
        ...(more > 0 ? [`and ${more} more`] : []),
      ];
    faults.hidden = lines.length === 0 || !(open || lost);
    setAttribute(faults, "data-level", lost ? "bad" : "warn");
    setAttribute(pill, "aria-expanded", String(!faults.hidden));
    const text = lines.join("\n");
    if (faults.dataset.text === text) return;
    faults.dataset.text = text;
    faults.replaceChildren(...lines.map((line) => make("div", {}, line)));
  };

  return {
    draw(link) {
      const { tick } = model;
      const count = tick?.faultCount ?? 0;
      const isDown = tick?.stopping === true || (tick?.outage ?? "") !== "";
      const [level, text] = link === "lost"
        ? ["bad", "No connection"]
        : tick === undefined
        ? ["", "connecting"]
        : count === 0
        ? ["ok", "Ready"]
        : [isDown ? "bad" : "warn", tick.stopping ? "Stopping" : `Not ready: ${count}`];
      setAttribute(pill, "data-level", level as string);
      setText(words, text as string);
      document.title = text === "Ready" ? "okws" : `${text} – okws`;
      setText(find("version"), tick?.version ?? "");
      drawFaults();
      drawStats();
    },
  };

  function drawStats(): void {
    const { tick } = model;
    if (tick === undefined) return;
    const sample = model.samples.at(-1);
    const set = (name: typeof STATS[number], text: string) => setText(values.get(name) as Element, text);
    set("Rows/s", formatCount(sample?.rows ?? 0));
    set("Messages/s", formatCount(sample?.messages ?? 0));
    set("To Redis", sample?.p50 === null || sample === undefined ? "–" : `${formatMillis(sample.p50)} ms`);
    set("Waiting", formatBytes(tick.totals.queuedBytes ?? 0));
    set("Redis", tick.outage === "" ? "ok" : "away");
    (values.get("Redis") as Element).className = tick.outage === "" ? "up" : "down";
    set("Memory", formatMemory(sample?.residentBytes ?? null));
    set("Up", formatAge(Math.max(0, model.now() - tick.startedAt)));
  }
}

function formatMemory(bytes: number | null): string {
  return bytes === null ? "–" : formatBytes(bytes);
}

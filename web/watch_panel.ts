/// <reference lib="dom" />
/** The watchlist: a line for every instrument with its price, change and course, and those that were pinned on top. */
import { make, setAttribute, setText } from "./dom.ts";
import { decimalsOf, formatFixed } from "./format.ts";
import type { Model, Path } from "./model.ts";
import {
  createPathItem,
  fillPathItem,
  isDrop,
  type ListPanel,
  type ListPort,
  startChips,
  startSorts,
} from "./paths_panel.ts";
import { readStored, store } from "./stored.ts";
import { t } from "./texts.ts";
import { startVirtualList } from "./virtual_list.ts";
import {
  directionOf,
  pinName,
  sparkPoints,
  type WatchGroup,
  type WatchLine,
  watchLines,
  type WatchOrder,
} from "./watchlist.ts";
import { firstChoice } from "./companions.ts";

/** What others may do with the watchlist. */
export type WatchPanel = ListPanel & {
  /** Chooses the next (1) or the previous (-1) instrument, also where another list is shown. */
  stepInstrument(by: 1 | -1): void;
  /** Pins the chosen instrument, or lets it go. */
  togglePin(): void;
};

const GROUPS = [
  ["all", "page.all"],
  ["pinned", "page.pinned"],
  ["problems", "page.problems"],
] as const satisfies readonly (readonly [WatchGroup, string])[];

const ORDERS = [
  ["name", "page.instrument"],
  ["change", "page.change"],
] as const satisfies readonly (readonly [WatchOrder, string])[];

const STORED = "okws-pinned";

/** Instruments that a browser keeps as pinned. */
const MAX_PINNED = 200;

const SVG = "http://www.w3.org/2000/svg";
const [SPARK_WIDTH, SPARK_HEIGHT] = [44, 18];

/** Starts the panel. */
export function startWatchPanel(model: Model, port: ListPort<WatchGroup>): WatchPanel {
  let order: WatchOrder = "name";
  let prefixed = false;
  const pinned = readPinned();
  const chips = startChips("watch-filters", GROUPS, port.onGroup);
  const sorts = startSorts("watch-sorts", ORDERS, (name) => {
    order = name;
    draw();
  });

  const linesOf = (group: WatchGroup, words: string) =>
    watchLines(model, { group, words, order, pinned, chosen: port.chosen() });

  const list = startVirtualList<WatchLine>({
    id: "watch",
    idOf: ({ id }) => id,
    isChosen(line) {
      const chosen = port.chosen();
      return line.kind === "path" ? line.path.id === chosen?.id : false;
    },
    create: () => make("div", { class: "item", role: "option" }),
    fill: (item, line, now) => fillItem(item, line, { now, prefixed, chosen: port.chosen() }),
    onChoose(line, how, target) {
      if (line.kind === "path") {
        return isDrop(target) ? port.onDrop(line.path) : port.onChoose(line.path, how);
      }
      const { server, subject, paths } = line.instrument;
      if (target?.closest(".pin")) return pin(server, subject);
      chooseFirst(paths, how);
    },
    now: () => model.now(),
    onStep: (by) => step(by),
  });

  const chooseFirst = (paths: readonly Path[], how: "click" | "key") => {
    const path = firstChoice(paths.map(({ id }) => model.paths.get(id)).filter((each) => each !== undefined));
    if (path !== undefined) port.onChoose(path, how);
  };

  const pin = (server: string, subject: string) => {
    const name = pinName(server, subject);
    if (!pinned.delete(name) && pinned.size < MAX_PINNED) pinned.add(name);
    store(STORED, JSON.stringify([...pinned]));
    draw();
  };

  const draw = () => {
    const group = port.group();
    const all = linesOf("all", "").filter(({ kind }) => kind === "instrument");
    const lines = linesOf(group, port.words());
    const problems = all.filter((line) => line.kind === "instrument" && line.state !== "live").length;
    const numbers = {
      all: all.length,
      problems,
      pinned: all.filter((line) => line.kind === "instrument" && line.pinned).length,
    };
    for (const { name, chip, count } of chips) {
      setText(count, String(numbers[name]));
      setAttribute(chip, "aria-pressed", String(name === group));
      setAttribute(chip, "data-alarm", String(name === "problems" && problems > 0));
    }
    for (const { name, button } of sorts) setAttribute(button, "aria-pressed", String(name === order));
    prefixed = new Set([...model.paths.values()].map(({ server }) => server)).size > 1;
    list.draw(lines, model.paths.size === 0 ? t("page.none_subscribed") : t("page.no_instrument"));
  };

  const step = (by: 1 | -1) => {
    const lines = linesOf(port.group(), port.words()).filter((line) => line.kind === "instrument");
    const chosen = port.chosen();
    const at = lines.findIndex(({ instrument: { server, subject } }) =>
      server === chosen?.server && subject === chosen.subject
    );
    const next = lines[at < 0 ? 0 : Math.min(lines.length - 1, Math.max(0, at + by))];
    if (next !== undefined) chooseFirst(next.instrument.paths, "key");
  };

  return {
    draw,
    step: (by) => list.step(by),
    stepInstrument: step,
    enter: () => list.enter(),
    toTop: () => list.toTop(),
    reveal: () => list.reveal(String(port.chosen()?.id)),
    togglePin() {
      const chosen = port.chosen();
      if (chosen !== undefined && chosen.subject !== "") pin(chosen.server, chosen.subject);
    },
  };
}

/** Fills an item of the list with a line, which may be of the other kind than before. */
function fillItem(
  item: HTMLElement,
  line: WatchLine,
  { now, prefixed, chosen }: {
    readonly now: number;
    readonly prefixed: boolean;
    readonly chosen: Path | undefined;
  },
): void {
  if (item.dataset.kind !== line.kind) {
    item.dataset.kind = line.kind;
    item.replaceChildren(...(line.kind === "path" ? createPathItem() : createInstrumentItem()).childNodes);
  }
  setAttribute(item, "class", line.kind === "path" ? "item below" : "item quote");
  if (line.kind === "path") return fillPathItem(item, line.path, now, false);
  const { server, subject } = line.instrument;
  const isChosen = server === chosen?.server && subject === chosen.subject;
  fillInstrumentItem(item, line, { prefixed, isChosen });
}

function createInstrumentItem(): HTMLElement {
  const line = document.createElementNS(SVG, "polyline");
  const spark = document.createElementNS(SVG, "svg");
  spark.setAttribute("viewBox", `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`);
  spark.setAttribute("class", "spark");
  spark.setAttribute("aria-hidden", "true");
  spark.append(line);
  return make(
    "div",
    {},
    make("i", { class: "dot", "aria-hidden": "true" }),
    make("span", { class: "path" }, make("small"), make("b"), make("small", { class: "state" })),
    spark,
    make("span", { class: "last" }),
    make("span", { class: "change" }),
    make("span", { class: "pin", title: t("page.pin") }, "★"),
  );
}

function fillInstrumentItem(
  item: HTMLElement,
  line: Extract<WatchLine, { kind: "instrument" }>,
  { prefixed, isChosen }: { readonly prefixed: boolean; readonly isChosen: boolean },
): void {
  const { instrument, last, change, isDaily, course, state, isLive } = line;
  const { server, subject, paths } = instrument;
  const [, name, spark, price, share, pin] = [...item.children] as Element[];
  setAttribute(item, "data-state", state);
  setAttribute(item, "data-live", String(isLive));
  setAttribute(item, "data-chosen", String(isChosen));
  setText(name?.children[0] as Element, prefixed ? `${server} ` : "");
  setText(name?.children[1] as Element, subject);
  const isShort = last === "" && state !== "live";
  setText(name?.children[2] as Element, state === "live" || isShort ? "" : ` ${state}`);
  setAttribute(
    spark?.firstElementChild as Element,
    "points",
    sparkPoints(course, SPARK_WIDTH, SPARK_HEIGHT),
  );
  // The line shows fewer or more hours than the change is over.
  setAttribute(spark as Element, "class", `spark ${directionOf(course)}`);
  setText(price as Element, isShort ? state : last === "" ? "–" : formatPrice(last));
  setText(share as Element, change === undefined ? "" : formatChange(change));
  setAttribute(share as Element, "class", `change ${directionOf([0, change ?? 0])}`);
  setAttribute(share as Element, "title", t(isDaily ? "page.change_day" : "page.change_shown"));
  setAttribute(pin as Element, "class", line.pinned ? "pin on" : "pin");
  setAttribute(pin as Element, "aria-label", line.pinned ? t("page.pinned") : t("page.pin"));
  setAttribute(
    item,
    "title",
    [`${server} ${subject}`, ...paths.map(({ path, state }) => `${path}: ${state}`)].join("\n"),
  );
}

/** A price as it was written, thousands apart. */
export function formatPrice(text: string): string {
  return Number.isFinite(Number(text)) ? formatFixed(Number(text), Math.min(12, decimalsOf(text))) : text;
}

/** A change in percent. */
export function formatChange(change: number): string {
  const text = Math.abs(change).toFixed(2);
  return `${text === "0.00" ? "" : change < 0 ? "−" : "+"}${text}%`;
}

function readPinned(): Set<string> {
  try {
    const list: unknown = JSON.parse(readStored(STORED) ?? "[]");
    const names = Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
    return new Set(names.slice(0, MAX_PINNED));
  } catch {
    return new Set();
  }
}

/// <reference lib="dom" />
/** The list of subscriptions: groups, order, and what the search finds. */
import { find, make, setAttribute, setText } from "./dom.ts";
import { formatAge, formatCount } from "./format.ts";
import { type Group, groupOf, type Model, type Order, type Path, pick } from "./model.ts";
import { say, t } from "./texts.ts";
import { startVirtualList } from "./virtual_list.ts";

/** What others may do with a list on the left. */
export type ListPanel = {
  /** Draws what is; cheap enough for four times a second. */
  draw(): void;
  /** Chooses the next (1) or the previous (-1) line. */
  step(by: 1 | -1): void;
  /** Chooses the first line, unless one that is shown is chosen. */
  enter(): void;
  toTop(): void;
  /** Scrolls to what is chosen. */
  reveal(): void;
};

/** What a list asks of the page. */
export type ListPort<Name> = {
  readonly chosen: () => Path | undefined;
  readonly words: () => string;
  readonly group: () => Name;
  onGroup(group: Name): void;
  onChoose(path: Path, how: "click" | "key"): void;
  /** A path is to be unsubscribed. */
  onDrop(path: Path): void;
};

const GROUPS = [
  ["all", "page.all"],
  ["live", "page.live"],
  ["waiting", "page.waiting"],
  ["problems", "page.problems"],
] as const satisfies readonly (readonly [Group, string])[];
const ORDERS = [
  ["path", "page.path"],
  ["rate", "page.rows_rate"],
  ["age", "page.age"],
] as const satisfies readonly (readonly [Order, string])[];

/** Starts the panel. */
export function startPathsPanel(model: Model, port: ListPort<Group>): ListPanel {
  let order: Order = "path";
  let prefixed = false;
  const list = startVirtualList<Path>({
    id: "list",
    idOf: ({ id }) => String(id),
    isChosen: (path) => isSame(path, port.chosen()),
    create: createPathItem,
    fill: (item, path, now) => fillPathItem(item, path, now, prefixed),
    onChoose: (path, how, target) => isDrop(target) ? port.onDrop(path) : port.onChoose(path, how),
    now: () => model.now(),
  });

  const chips = startChips("filters", GROUPS, port.onGroup);
  const sorts = startSorts("sorts", ORDERS, (name) => {
    order = name;
    draw();
  });

  const draw = () => {
    const all = [...model.paths.values()];
    const group = port.group();
    const shown = pick(all, { group, words: port.words(), order, now: model.now() });
    for (const { name, chip, count } of chips) {
      const number = name === "all" ? all.length : all.filter(({ state }) => groupOf(state) === name).length;
      setText(count, String(number));
      setAttribute(chip, "aria-pressed", String(name === group));
      setAttribute(chip, "data-alarm", String(name === "problems" && number > 0));
    }
    for (const { name, button } of sorts) setAttribute(button, "aria-pressed", String(name === order));
    const count = shown.length === all.length
      ? ""
      : t("page.shown", { shown: shown.length, all: all.length });
    setText(find("path-count"), count);
    prefixed = new Set(all.map(({ server }) => server)).size > 1;
    list.draw(shown, all.length === 0 ? t("page.none_subscribed") : t("page.no_match"));
  };

  return {
    draw,
    step: (by) => list.step(by),
    enter: () => list.enter(),
    toTop: () => list.toTop(),
    reveal: () => list.reveal(String(port.chosen()?.id)),
  };
}

/** The same path may have another number since the service was restarted. */
function isSame(path: Path, other: Path | undefined): boolean {
  return path.server === other?.server && path.path === other.path;
}

/** A line of a path, in either list. */
export function createPathItem(): HTMLElement {
  return make(
    "div",
    { class: "item", role: "option" },
    make("i", { class: "dot", "aria-hidden": "true" }),
    make("span", { class: "path" }, make("small"), make("span")),
    make("span", { class: "rate" }),
    make("span", { class: "age" }),
    // By keyboard it is `u`, or the button beside the row.
    make("span", { class: "drop", title: t("page.drop"), "aria-hidden": "true" }, "×"),
  );
}

/** Whether what was clicked ends the subscription of its line. */
export function isDrop(target: Element | undefined): boolean {
  return target?.closest(".drop") !== null && target !== undefined;
}

/** Fills it. */
export function fillPathItem(item: HTMLElement, path: Path, now: number, prefixed: boolean): void {
  setAttribute(item, "data-state", path.state);
  const [, name, rate, age] = item.children as unknown as [Element, Element, Element, Element];
  setText(name.children[0] as Element, prefixed ? `${path.server} ` : "");
  setText(name.children[1] as Element, path.path);
  setText(rate, path.rate === 0 ? "" : formatCount(path.rate));
  setText(age, ageOf(path, now));
  setAttribute(item, "title", titleOf(path));
}

/** Buttons of which one is pressed, each with a number. */
export function startChips<Name extends string>(
  id: string,
  groups: readonly (readonly [Name, PlainText])[],
  onGroup: (group: Name) => void,
) {
  const chips = groups.map(([name, title]) => {
    const count = make("b", {}, "0");
    const chip = make("button", { class: "chip", type: "button", "data-group": name }, t(title), count);
    chip.addEventListener("click", () => onGroup(name));
    return { name, chip, count };
  });
  find(id).append(...chips.map(({ chip }) => chip));
  return chips;
}

/** Buttons above the columns. */
export function startSorts<Name extends string>(
  id: string,
  orders: readonly (readonly [Name, PlainText])[],
  onOrder: (order: Name) => void,
) {
  const sorts = orders.map(([name, title]) => {
    const button = make("button", { type: "button" }, t(title));
    button.addEventListener("click", () => onOrder(name));
    return { name, button };
  });
  find(id).append(...sorts.map(({ button }) => button));
  return sorts;
}

type PlainText =
  | (typeof GROUPS)[number][1]
  | (typeof ORDERS)[number][1]
  | "page.pinned"
  | "page.instrument"
  | "page.change";

/** The age of the newest row; where a path is not live, its state says more. */
function ageOf({ state, receivedAt }: Path, now: number): string {
  if (state !== "live" && state !== "overdue" && state !== "stale") return state;
  return receivedAt === 0 ? state : formatAge(Math.max(0, now - receivedAt));
}

function titleOf({ server, path, state, connection, error, everyMs }: Path): string {
  const parts = [`${server} ${path}`, state];
  if (connection !== "") parts.push(t("page.on", { connection }));
  if (everyMs !== null) parts.push(t("page.promised", { time: formatAge(everyMs) }));
  if (error !== "") parts.push(say(error));
  return parts.join(" · ");
}

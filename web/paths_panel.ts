/// <reference lib="dom" />
/** The list of subscriptions: search, groups, order, and only as many rows as fit the window of the list. */
import { find, make, resize, setAttribute, setText } from "./dom.ts";
import { formatAge, formatCount } from "./format.ts";
import { type Group, groupOf, type Model, type Order, type Path, pick } from "./model.ts";
import { t } from "./texts.ts";

/** What others may do with the list. */
export type PathsPanel = {
  /** Draws what is; cheap enough for four times a second. */
  draw(): void;
  /** Chooses the next (1) or the previous (-1) path. */
  step(by: 1 | -1): void;
  toggleProblems(): void;
  mark(path: Path): void;
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

/** Rows drawn beyond the edges, so that scrolling shows no gap. */
const BEYOND = 6;

/** Starts the panel; `onChoose` is called with a choice made here. */
export function startPathsPanel(
  model: Model,
  onChoose: (path: Path, how: "click" | "key") => void,
): PathsPanel {
  const list = find("list");
  const search = find<HTMLInputElement>("search");
  const space = make("div", { class: "space", role: "presentation" });
  const empty = make("p", { class: "empty" });
  list.append(space, empty);
  let group: Group = "all";
  let order: Order = "path";
  let chosen: number | undefined;
  let shown: Path[] = [];

  const chips = GROUPS.map(([name, title]) => {
    const count = make("b", {}, "0");
    const chip = make("button", { class: "chip", type: "button", "data-group": name }, t(title), count);
    chip.addEventListener("click", () => show(name));
    return { name, chip, count };
  });
  find("filters").append(...chips.map(({ chip }) => chip));
  const sorts = ORDERS.map(([name, title]) => {
    const button = make("button", { type: "button" }, t(title));
    button.addEventListener("click", () => {
      order = name;
      draw();
    });
    return { name, button };
  });
  find("sorts").append(...sorts.map(({ button }) => button));

  const show = (next: Group) => {
    group = next;
    list.scrollTop = 0;
    draw();
  };

  const choose = (path: Path | undefined, how: "click" | "key" = "key") => {
    if (path === undefined) return;
    chosen = path.id;
    draw();
    reveal(shown.indexOf(path));
    onChoose(path, how);
  };

  const reveal = (index: number) => {
    if (index < 0) return;
    const height = rowHeight();
    if (index * height < list.scrollTop) list.scrollTop = index * height;
    const below = (index + 1) * height - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  };

  const draw = () => {
    const now = model.now();
    const all = [...model.paths.values()];
    shown = pick(all, { group, words: search.value, order, now });
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
    const none = all.length === 0 ? t("page.none_subscribed") : t("page.no_match");
    setText(empty, shown.length === 0 ? none : "");
    drawRows(now);
  };

  const drawRows = (now: number) => {
    const height = rowHeight();
    space.style.height = `${shown.length * height}px`;
    const first = Math.max(0, Math.floor(list.scrollTop / height) - BEYOND);
    const visible = shown.slice(first, first + Math.ceil(list.clientHeight / height) + 2 * BEYOND);
    resize(space, visible.length, createItem);
    const servers = new Set([...model.paths.values()].map(({ server }) => server)).size;
    for (const [i, path] of visible.entries()) {
      const item = space.children[i] as HTMLElement;
      fillItem(item, path, { now, prefix: servers > 1 ? `${path.server} ` : "", chosen: path.id === chosen });
      item.style.top = `${(first + i) * height}px`;
      setAttribute(item, "aria-posinset", String(first + i + 1));
      setAttribute(item, "aria-setsize", String(shown.length));
    }
    const marked = visible.some(({ id }) => id === chosen);
    if (marked) setAttribute(list, "aria-activedescendant", `path-${chosen}`);
    else list.removeAttribute("aria-activedescendant");
  };

  const step = (by: 1 | -1) => {
    const at = shown.findIndex(({ id }) => id === chosen);
    choose(shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))]);
  };

  space.addEventListener("click", (event) => {
    const item = (event.target as Element).closest<HTMLElement>(".item");
    if (item !== null) choose(model.paths.get(Number(item.id.slice("path-".length))), "click");
  });
  list.addEventListener("scroll", () => drawRows(model.now()));
  list.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Home") choose(shown[0]);
    else if (event.key === "End") choose(shown.at(-1));
    else return;
    event.preventDefault();
  });
  search.addEventListener("input", () => {
    list.scrollTop = 0;
    draw();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      draw();
    } else if (event.key === "Enter" || event.key === "ArrowDown") {
      list.focus();
      choose(shown.find(({ id }) => id === chosen) ?? shown[0]);
    } else return;
    event.preventDefault();
  });
  new ResizeObserver(() => drawRows(model.now())).observe(list);

  return {
    draw,
    step,
    toggleProblems: () => show(group === "problems" ? "all" : "problems"),
    mark(path) {
      chosen = path.id;
      draw();
      reveal(shown.indexOf(path));
    },
  };
}

/** A finger needs more room than a mouse; the style sheet has the same numbers. */
function rowHeight(): number {
  return matchMedia("(max-width: 760px)").matches ? 34 : 26;
}

function createItem(): HTMLElement {
  return make(
    "div",
    { class: "item", role: "option" },
    make("i", { class: "dot", "aria-hidden": "true" }),
    make("span", { class: "path" }, make("small"), make("span")),
    make("span", { class: "rate" }),
    make("span", { class: "age" }),
  );
}

type Look = { readonly now: number; readonly prefix: string; readonly chosen: boolean };

function fillItem(item: HTMLElement, path: Path, { now, prefix, chosen }: Look): void {
  item.id = `path-${path.id}`;
  setAttribute(item, "data-state", path.state);
  setAttribute(item, "aria-selected", String(chosen));
  const [, name, rate, age] = item.children as unknown as [Element, Element, Element, Element];
  setText(name.children[0] as Element, prefix);
  setText(name.children[1] as Element, path.path);
  setText(rate, path.rate === 0 ? "" : formatCount(path.rate));
  setText(age, ageOf(path, now));
  setAttribute(item, "title", titleOf(path));
}

/** The age of the newest row; where a path is not live, its state says more. */
function ageOf({ state, receivedAt }: Path, now: number): string {
  if (state !== "live" && state !== "overdue" && state !== "stale") return state;
  return receivedAt === 0 ? state : formatAge(Math.max(0, now - receivedAt));
}

function titleOf({ server, path, state, connection, error, everyMs }: Path): string {
  const parts = [`${server} ${path}`, state];
  if (connection !== "") parts.push(t("page.on", { connection }));
  if (everyMs !== null) parts.push(t("page.promised", { time: formatAge(everyMs) }));
  if (error !== "") parts.push(error);
  return parts.join(" · ");
}

/// <reference lib="dom" />
/** A list of which only as many lines are elements as fit its window; lines are chosen by click and by key. */
import { find, make, resize, setAttribute, setText } from "./dom.ts";
import { isPhone } from "./phone.ts";

/** What others may do with the list. */
export type VirtualList<Line> = {
  /** Shows these lines; `empty` is said where there is none. */
  draw(lines: readonly Line[], empty: string): void;
  /** Draws the same lines again. */
  redraw(): void;
  /** Chooses the next (1) or the previous (-1) line, or one by its place. */
  step(by: 1 | -1): void;
  /** Chooses the first line, unless a line that is shown is chosen. */
  enter(): void;
  /** Scrolls so that the line is seen. */
  reveal(id: string): void;
  toTop(): void;
};

/** What a list is made of. */
export type VirtualListOptions<Line> = {
  /** The id of the element in index.html, and the start of those of its lines. */
  readonly id: string;
  readonly idOf: (line: Line) => string;
  readonly isChosen: (line: Line) => boolean;
  readonly create: () => HTMLElement;
  readonly fill: (item: HTMLElement, line: Line, now: number) => void;
  readonly onChoose: (line: Line, how: "click" | "key", target: Element | undefined) => void;
  readonly now: () => number;
  /** Chooses the next or the previous one where that is not the next line. */
  readonly onStep?: (by: 1 | -1) => void;
};

/** Lines drawn beyond the edges, so that scrolling shows no gap. */
const BEYOND = 6;

/** Starts an empty list. */
export function startVirtualList<Line>(options: VirtualListOptions<Line>): VirtualList<Line> {
  const { idOf, isChosen, create, fill, onChoose, now } = options;
  const list = find(options.id);
  const space = make("div", { class: "space", role: "presentation" });
  const empty = make("p", { class: "empty" });
  list.append(space);
  list.after(empty);
  let shown: readonly Line[] = [];

  const redraw = () => {
    const height = rowHeight();
    space.style.height = `${shown.length * height}px`;
    const first = Math.max(0, Math.floor(list.scrollTop / height) - BEYOND);
    const visible = shown.slice(first, first + Math.ceil(list.clientHeight / height) + 2 * BEYOND);
    resize(space, visible.length, create);
    let active: string | undefined;
    for (const [i, line] of visible.entries()) {
      const item = space.children[i] as HTMLElement;
      item.id = `${options.id}-${idOf(line).replace(/\s/g, "_")}`;
      item.dataset.at = String(first + i);
      item.style.top = `${(first + i) * height}px`;
      setAttribute(item, "aria-selected", String(isChosen(line)));
      setAttribute(item, "aria-posinset", String(first + i + 1));
      setAttribute(item, "aria-setsize", String(shown.length));
      if (isChosen(line)) active ??= item.id;
      fill(item, line, now());
    }
    if (active === undefined) list.removeAttribute("aria-activedescendant");
    else setAttribute(list, "aria-activedescendant", active);
  };

  const reveal = (index: number) => {
    if (index < 0) return;
    const height = rowHeight();
    if (index * height < list.scrollTop) list.scrollTop = index * height;
    const below = (index + 1) * height - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  };

  const chooseAt = (index: number, how: "click" | "key" = "key", target?: Element) => {
    const line = shown[index];
    if (line === undefined) return;
    reveal(index);
    onChoose(line, how, target);
  };

  const step = (by: 1 | -1) => {
    if (options.onStep !== undefined) return options.onStep(by);
    const at = shown.findIndex(isChosen);
    chooseAt(at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by)));
  };

  space.addEventListener("click", (event) => {
    const target = event.target as Element;
    const item = target.closest<HTMLElement>(".item");
    if (item !== null) chooseAt(Number(item.dataset.at), "click", target);
  });
  list.addEventListener("scroll", redraw);
  list.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Home") chooseAt(0);
    else if (event.key === "End") chooseAt(shown.length - 1);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(redraw).observe(list);

  return {
    draw(lines, words) {
      shown = lines;
      setText(empty, lines.length === 0 ? words : "");
      // A list without a line is none for those who cannot see it.
      list.hidden = lines.length === 0;
      redraw();
    },
    redraw,
    step,
    enter() {
      if (!shown.some(isChosen)) chooseAt(0);
    },
    reveal: (id) => reveal(shown.findIndex((line) => idOf(line) === id)),
    toTop: () => list.scrollTop = 0,
  };
}

/** A finger needs more room than a mouse; the style sheet has the same numbers. */
function rowHeight(): number {
  return isPhone() ? 34 : 26;
}

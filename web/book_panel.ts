/// <reference lib="dom" />
/** The order book as a ladder: asks above, bids below, a bar for what is offered up to each level. */
import { find, make, resize, setAttribute, setText } from "./dom.ts";
import { formatFixed, formatSum } from "./format.ts";
import { type Book, type Level, type RawRow, readBook } from "./rows.ts";
import { t } from "./texts.ts";

/** What others may do with the ladder. */
export type BookPanel = {
  setRow(row: RawRow | undefined): void;
  clear(...words: (Node | string)[]): void;
};

/** Starts an empty ladder. */
export function startBookPanel(): BookPanel {
  const ladder = find("book");
  const empty = find("book-empty");
  const [asks, bids] = [make("div"), make("div")];
  const [price, detail] = [make("b"), make("span")];
  ladder.append(asks, make("div", { class: "spread" }, price, detail), bids);
  let book: Book | undefined;
  let lastMiddle = 0;

  const draw = () => {
    const rows = Math.max(1, Math.min(25, Math.floor((ladder.clientHeight - 32) / 2 / levelHeight())));
    const best = book?.asks.slice(0, rows) ?? [];
    const worst = Math.max(
      best.at(-1)?.total ?? 0,
      book?.bids[Math.min(rows, book.bids.length) - 1]?.total ?? 0,
    );
    drawSide(asks, [...best].reverse(), { side: "ask", worst, book });
    drawSide(bids, book?.bids.slice(0, rows) ?? [], { side: "bid", worst, book });
    drawSpread();
    // What is not live is shown, but not as if it were certain.
    ladder.parentElement?.classList.toggle("uncertain", book !== undefined && book.state !== "live");
    setText(find("book-state"), book === undefined || book.state === "live" ? "" : book.state);
  };

  const drawSpread = () => {
    const [ask, bid] = [Number(book?.asks[0]?.price), Number(book?.bids[0]?.price)];
    if (book === undefined || !Number.isFinite(ask) || !Number.isFinite(bid)) {
      setText(price, "");
      return setText(detail, "");
    }
    const middle = (ask + bid) / 2;
    if (middle !== lastMiddle) price.className = middle < lastMiddle ? "down" : "up";
    lastMiddle = middle;
    // Half of the smallest step needs one digit more.
    setText(price, formatFixed(middle, book.priceDecimals + 1));
    const points = middle === 0 ? 0 : (ask - bid) / middle * 10_000;
    const spread = formatFixed(ask - bid, book.priceDecimals);
    setText(detail, t("page.spread", { spread, points: points.toFixed(2) }));
  };

  new ResizeObserver(draw).observe(ladder);
  return {
    setRow(row) {
      if (row === undefined) return;
      setText(empty, "");
      book = readBook(row);
      draw();
    },
    clear(...words) {
      book = undefined;
      draw();
      empty.replaceChildren(...words);
    },
  };
}

type Side = { readonly side: "ask" | "bid"; readonly worst: number; readonly book: Book | undefined };

function drawSide(box: Element, levels: readonly Level[], { side, worst, book }: Side): void {
  resize(box, levels.length, () => {
    const cells = [make("i"), make("span"), make("span"), make("span")];
    return make("div", { class: "level" }, ...cells);
  });
  for (const [i, level] of levels.entries()) {
    const row = box.children[i] as HTMLElement;
    setAttribute(row, "class", `level ${side}`);
    const [bar, price, size, total] = row.children as unknown as [HTMLElement, Element, Element, Element];
    bar.style.width = `${worst === 0 ? 0 : Math.round(level.total / worst * 1000) / 10}%`;
    setText(price, formatFixed(Number(level.price), book?.priceDecimals ?? 0));
    setText(size, formatFixed(level.size, book?.sizeDecimals ?? 0));
    setText(total, formatSum(level.total, worst));
  }
}

/** As in the style sheet. */
function levelHeight(): number {
  return matchMedia("(max-width: 760px)").matches ? 22 : 19;
}

/**
 * The one loop with effects of every live view: draws frames that pure functions made, listens to keys and to the size
 * of the terminal, and gives the terminal back however the view ends.
 */
import { sleep } from "../../../shared/async/sleep.ts";
import type { Terminal } from "../io.ts";
import { renderFrame, type ScreenContent } from "./frame.ts";
import type { Widths } from "./grid.ts";
import { decodeKeys } from "./keys.ts";
import { paintLines } from "./paint_lines.ts";
import type { Paint } from "./style.ts";
import { pressKey } from "./press_key.ts";
import { type Extent, FIRST_UI, type Ui, type UnsubscribeTarget } from "./ui.ts";
import { english, type Translate } from "../../i18n/translate.ts";

/** A view: `view` shows it as it is now, `work` keeps it up to date until its signal is aborted. */
export type LiveView = {
  view(now: number): ScreenContent;
  readonly paint: Paint;
  readonly t?: Translate;
  work(signal: AbortSignal): Promise<void>;
  /** Ends a subscription and returns what became of it, in words; without it rows cannot be unsubscribed. It does not reject. */
  readonly unsubscribe?: (target: UnsubscribeTarget) => Promise<string>;
  /** Titles of the columns that are shown from the start. */
  readonly only?: ReadonlySet<string> | undefined;
};

/** Time between two frames where nothing was pressed: ages go on. */
const FRAME_MS = 200;

/** How long it is said what became of a request. */
const NOTICE_MS = 10_000;

/** Shows a view until it is quit, `signal` is aborted or its work ends; rejects with what its work rejects with. */
export async function runLiveView(live: LiveView, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  let ui: Ui = { ...FIRST_UI, only: live.only };
  const t = live.t ?? english;
  let notice: { readonly text: string; readonly until: number } | undefined;
  let extent: Extent = { page: 0, total: 0, columns: 0 };
  let shown: readonly string[] | undefined;
  let rest = "";
  const widths: Widths = new Map();
  let fault: unknown;
  /** The next frame; what keys may do next is as it has it. */
  const render = () => {
    const size = terminal.size();
    const now = Date.now();
    if (notice !== undefined && performance.now() > notice.until) notice = undefined;
    const { targetOf, ...view } = live.view(now);
    const canEnd = live.unsubscribe !== undefined && targetOf !== undefined;
    const frame = renderFrame({ ...view, ...(canEnd ? { targetOf } : {}) }, {
      ...{ size, ui, paint: live.paint, widths, t },
      ...(notice === undefined ? {} : { notice: notice.text }),
    });
    extent = frame.extent;
    // What a filter or a smaller table left behind must not make the next key seem dead.
    ui = { ...ui, top: frame.top };
    return { size, lines: frame.lines };
  };
  const guarded = (action: () => void) => {
    if (over.signal.aborted) return;
    try {
      action();
    } catch (error) {
      fault ??= error;
      end();
    }
  };
  const draw = () =>
    guarded(() => {
      const { size, lines } = render();
      const text = paintLines(shown, lines, size.columns);
      shown = lines;
      if (text !== "") screen.write(text);
    });
  const say = (text: string, ms = NOTICE_MS) => {
    notice = { text, until: performance.now() + ms };
    draw();
  };
  const request = async (target: UnsubscribeTarget) => {
    const { server, path } = target;
    say(t("live.unsubscribing", { server, path }), Infinity);
    say(await live.unsubscribe?.(target) ?? "");
  };
  using screen = terminal.open({
    onKeys(text) {
      const decoded = decodeKeys(rest + text);
      rest = decoded.rest;
      for (const [i, key] of decoded.keys.entries()) {
        // Of several at once each acts on what the one before has left; what is typed acts on nothing.
        if (i > 0 && !(ui.typing && typeof key === "object")) guarded(render);
        const next = pressKey(ui, key, extent);
        if (next === undefined) return end();
        ui = { ...next, request: undefined, hint: undefined };
        notice = next.hint === undefined
          ? undefined
          : { text: t(next.hint), until: performance.now() + NOTICE_MS };
        if (next.request !== undefined) void request(next.request);
      }
      draw();
    },
    onResize() {
      shown = undefined;
      widths.clear();
      draw();
    },
  });
  const work = live.work(over.signal).catch((error: unknown) => void (fault ??= error)).finally(end);
  try {
    while (!over.signal.aborted) {
      draw();
      await sleep(FRAME_MS, over.signal);
    }
    await work;
  } finally {
    signal.removeEventListener("abort", end);
  }
  if (fault !== undefined) throw fault;
}

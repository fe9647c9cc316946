/**
 * The one loop with effects of every live view: draws frames that pure functions made, listens to keys and to the size
 * of the terminal, and gives the terminal back however the view ends.
 */
import { sleep } from "../../../shared/async/sleep.ts";
import type { Terminal } from "../io.ts";
import { renderFrame, type View } from "./frame.ts";
import type { Widths } from "./grid.ts";
import { decodeKeys } from "./keys.ts";
import { paintLines } from "./paint_lines.ts";
import type { Paint } from "./style.ts";
import { type Extent, FIRST_UI, pressKey } from "./ui.ts";
import { english, type Translate } from "../../i18n/translate.ts";

/** A view: `view` shows it as it is now, `work` keeps it up to date until its signal is aborted. */
export type LiveView = {
  view(now: number): View;
  readonly paint: Paint;
  readonly t?: Translate;
  work(signal: AbortSignal): Promise<void>;
};

/** Time between two frames where nothing was pressed: ages go on. */
const FRAME_MS = 200;

/** Shows a view until it is quit, `signal` is aborted or its work ends; rejects with what its work rejects with. */
export async function runLiveView(live: LiveView, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  let ui = FIRST_UI;
  let extent: Extent = { page: 0, total: 0, columns: 0 };
  let shown: readonly string[] | undefined;
  let rest = "";
  const widths: Widths = new Map();
  let fault: unknown;
  const draw = () => {
    if (over.signal.aborted) return;
    try {
      const size = terminal.size();
      const frame = renderFrame(live.view(Date.now()), {
        size,
        ui,
        paint: live.paint,
        widths,
        t: live.t ?? english,
      });
      extent = frame.extent;
      // What a filter or a smaller table left behind must not make the next key seem dead.
      ui = { ...ui, top: Math.min(ui.top, Math.max(0, extent.total - extent.page)) };
      const text = paintLines(shown, frame.lines, size.columns);
      shown = frame.lines;
      if (text !== "") screen.write(text);
    } catch (error) {
      fault ??= error;
      end();
    }
  };
  using screen = terminal.open({
    onKeys(text) {
      const decoded = decodeKeys(rest + text);
      rest = decoded.rest;
      for (const key of decoded.keys) {
        const next = pressKey(ui, key, extent);
        if (next === undefined) return end();
        ui = next;
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

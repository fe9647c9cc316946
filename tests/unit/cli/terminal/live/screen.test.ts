/** Frames on their way to a terminal, and the loop that draws them on a terminal of the test's own. */
import assert from "node:assert/strict";
import type { Terminal, TerminalEvents, TerminalSize } from "../../../../../src/cli/terminal/io.ts";
import { renderFrame, type ScreenContent } from "../../../../../src/cli/terminal/live/frame.ts";
import { runLiveView } from "../../../../../src/cli/terminal/live/live.ts";
import { paintLines, plainOf } from "../../../../../src/cli/terminal/live/paint_lines.ts";
import { createPaint, wantsColours } from "../../../../../src/cli/terminal/live/style.ts";
import { FIRST_UI } from "../../../../../src/cli/terminal/live/ui.ts";
import { waitFor } from "../../../../support/wait.ts";

const PLAIN = createPaint(false);

function viewOf(names: readonly string[]): ScreenContent {
  return {
    head: () => ["head", ""],
    grids: [{
      title: "Names",
      columns: [{ title: "name", rank: 0 }],
      rows: names.map((text) => [{ text }]),
      empty: "none",
    }],
  };
}

Deno.test("renderFrame() fills the screen exactly, at any size", () => {
  for (const rows of [1, 2, 3, 4, 5, 24]) {
    const size = { columns: 80, rows };
    const { lines } = renderFrame(viewOf(["a", "b"]), { size, ui: FIRST_UI, paint: PLAIN });
    assert.equal(lines.length, rows);
  }
  const size = { columns: 30, rows: 6 };
  const { lines, extent } = renderFrame(viewOf(["a", "b", "c"]), { size, ui: FIRST_UI, paint: PLAIN });
  assert.deepEqual(lines.slice(0, 5), ["head", "", "name", "a", "b"]);
  assert.match(lines[5] ?? "", /^q quit .*…$/);
  assert.deepEqual([extent.page, extent.total, extent.columns], [2, 3, 1]);
});

Deno.test("paintLines() sends changed lines alone", () => {
  assert.equal(paintLines(["a", "b"], ["a", "b"], 10), "");
  assert.equal(paintLines(["a", "b"], ["a", "c"], 10), "\x1b[?2026h\x1b[2;1Hc\x1b[K\x1b[?2026l");
  assert.equal(paintLines(["a", "b"], ["a"], 10), "\x1b[?2026h\x1b[2;1H\x1b[K\x1b[?2026l");
  assert.ok(paintLines(undefined, ["a"], 10).includes("\x1b[2J\x1b[1;1Ha"));
});

Deno.test("paintLines() does not erase the last column of a full line", () => {
  assert.equal(paintLines([""], ["0123456789"], 10), "\x1b[?2026h\x1b[1;1H0123456789\x1b[?2026l");
  const coloured = "\x1b[31m0123456789\x1b[0m";
  assert.ok(!paintLines([""], [coloured], 10).includes("\x1b[K"));
  assert.equal(plainOf(coloured), "0123456789");
});

Deno.test("wantsColours() says no where NO_COLOR is set to anything", () => {
  assert.deepEqual([{}, { NO_COLOR: "" }, { NO_COLOR: "1" }].map(wantsColours), [true, true, false]);
});

/** A terminal that remembers what is written to it and presses keys when the test says so. */
function fakeTerminal(size: TerminalSize = { columns: 40, rows: 6 }) {
  let events: TerminalEvents | undefined;
  const written: string[] = [];
  let closed = 0;
  const terminal: Terminal = {
    size: () => size,
    open(given) {
      events = given;
      return { write: (text) => void written.push(text), [Symbol.dispose]: () => void (closed += 1) };
    },
  };
  return {
    terminal,
    written,
    press: (text: string) => events?.onKeys(text),
    resize: (to: TerminalSize) => {
      size = to;
      events?.onResize();
    },
    closed: () => closed,
  };
}

/** Work that goes on until it is aborted. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

Deno.test("runLiveView() draws, takes keys and a new size, and gives the terminal back", async () => {
  const fake = fakeTerminal();
  let names = ["first"];
  const view = () => viewOf(names);
  const live = { view, paint: PLAIN, work: untilAborted };
  const over = runLiveView(live, fake.terminal, new AbortController().signal);
  await waitFor("a frame", () => fake.written.join("").includes("first"));
  names = ["second", "third"];
  await waitFor("another frame", () => fake.written.join("").includes("third"));
  fake.press("/sec\r");
  assert.match(fake.written.at(-1) ?? "", /\/sec \(Esc clears\)/);
  fake.resize({ columns: 20, rows: 5 });
  assert.ok(fake.written.at(-1)?.includes("\x1b[2J"));
  assert.equal(fake.closed(), 0);
  fake.press("q");
  await over;
  assert.equal(fake.closed(), 1);
});

Deno.test("runLiveView() gives the terminal back when its signal is aborted and when its work fails", async () => {
  const stopped = fakeTerminal();
  const stop = new AbortController();
  const view = () => viewOf([]);
  const over = runLiveView({ view, paint: PLAIN, work: untilAborted }, stopped.terminal, stop.signal);
  stop.abort();
  await over;
  assert.equal(stopped.closed(), 1);
  const failed = fakeTerminal();
  const work = () => Promise.reject(new Error("no Redis"));
  await assert.rejects(
    runLiveView({ view, paint: PLAIN, work }, failed.terminal, new AbortController().signal),
    {
      message: "no Redis",
    },
  );
  assert.equal(failed.closed(), 1);
  const broken = fakeTerminal();
  const faulty = () => {
    throw new RangeError("cannot draw");
  };
  const live = { view: faulty, paint: PLAIN, work: untilAborted };
  await assert.rejects(runLiveView(live, broken.terminal, new AbortController().signal), /cannot draw/);
  assert.equal(broken.closed(), 1);
});

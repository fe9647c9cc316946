/** Rows, columns and tables are chosen in a live view, and one row is shown in full or unsubscribed. */
import assert from "node:assert/strict";
import { loadLanguage } from "../../../../../src/cli/i18n/translate.ts";
import type { Terminal, TerminalEvents } from "../../../../../src/cli/terminal/io.ts";
import { renderFrame, type Screen, type ScreenContent } from "../../../../../src/cli/terminal/live/frame.ts";
import type { Grid } from "../../../../../src/cli/terminal/live/grid.ts";
import { decodeKeys } from "../../../../../src/cli/terminal/live/keys.ts";
import { runLiveView } from "../../../../../src/cli/terminal/live/live.ts";
import { pressKey } from "../../../../../src/cli/terminal/live/press_key.ts";
import { plainOf } from "../../../../../src/cli/terminal/live/paint_lines.ts";
import { createPaint } from "../../../../../src/cli/terminal/live/style.ts";
import { FIRST_UI, type Ui } from "../../../../../src/cli/terminal/live/ui.ts";
import { widthOf } from "../../../../../src/cli/terminal/text.ts";
import { waitFor } from "../../../../support/wait.ts";

const [UP, DOWN, TAB, BACK_TAB] = ["\x1b[A", "\x1b[B", "\t", "\x1b[Z"];

function gridOf(title: string, names: readonly string[]): Grid {
  return {
    title,
    columns: [{ title: "name", rank: 0 }, { title: "price", rank: 1 }, { title: "note", rank: 2 }],
    rows: names.map((name, i) => [{ text: name }, { text: String(i) }, { text: `of ${name}` }]),
    keys: names.map((name) => `${title}/${name}`),
    empty: "nothing",
  };
}

function viewOf(...grids: readonly Grid[]): ScreenContent {
  return {
    head: () => ["head", ""],
    grids,
    detail: (key) => {
      const [table = "", name = ""] = key.split("/");
      if (!grids.some(({ keys }) => keys?.includes(key))) return undefined;
      return {
        title: `${table} ${name}`,
        sections: [{ title: "Row", fields: [["name", name], ["long", "x".repeat(300)]] }],
      };
    },
    targetOf: (key) => key.endsWith("/none") ? undefined : { server: "test", path: key },
  };
}

/** A view on a screen of its own, as the loop of a live view treats it. */
function screenOf(
  view: ScreenContent,
  { columns = 60, rows = 12, colours = false, ui = FIRST_UI as Ui } = {},
) {
  const paint = createPaint(colours);
  let frame: Screen;
  const screen = {
    ui: ui as Ui | undefined,
    view,
    draw(): string[] {
      frame = renderFrame(screen.view, { size: { columns, rows }, ui: screen.ui ?? FIRST_UI, paint });
      if (screen.ui !== undefined) screen.ui = { ...screen.ui, top: frame.top };
      return [...frame.lines];
    },
    press(text: string): string[] {
      for (const key of decodeKeys(text).keys) {
        if (screen.ui !== undefined) screen.ui = pressKey(screen.ui, key, frame.extent);
      }
      return screen.draw();
    },
  };
  screen.draw();
  return screen;
}

const marked = (lines: readonly string[]) => lines.filter((line) => line.startsWith("› "));

Deno.test("a row is chosen with the arrows, stays chosen wherever it moves to, and is let go of with Esc", () => {
  const names = Array.from({ length: 20 }, (_, i) => `r${i}`);
  const screen = screenOf(viewOf(gridOf("A", names)));
  assert.deepEqual(marked(screen.draw()), []);
  assert.match(marked(screen.press(DOWN))[0] ?? "", /^› r0 /);
  assert.match(marked(screen.press("jj"))[0] ?? "", /^› r2 /);
  assert.match(marked(screen.press(UP))[0] ?? "", /^› r1 /);
  // It is the fifteenth now, and the screen goes with it.
  screen.view = viewOf(gridOf("A", [...names.slice(2, 15), "r1", ...names.slice(15)]));
  const moved = screen.draw();
  assert.match(marked(moved)[0] ?? "", /^› r1 /);
  assert.equal(moved.length, 12);
  // It is gone: no other row takes its place by itself.
  screen.view = viewOf(gridOf("A", names.slice(2)));
  assert.deepEqual(marked(screen.draw()), []);
  assert.equal(marked(screen.press(DOWN)).length, 1);
  assert.deepEqual(marked(screen.press("\x1b")), []);
  assert.notEqual(screen.ui, undefined);
  screen.press("\x1b");
  assert.equal(screen.ui, undefined, "the next Esc ends the view");
});

Deno.test("a chosen row is always in sight: by screens, at both ends, over several tables, behind a filter", () => {
  const names = Array.from({ length: 30 }, (_, i) => `r${i}`);
  for (const grids of [[gridOf("A", names)], [gridOf("A", names), gridOf("B", names)]]) {
    const screen = screenOf(viewOf(...grids), { rows: 11 });
    screen.press(DOWN);
    for (
      const key of ["\x1b[6~", "\x1b[6~", DOWN, "\x1b[5~", UP, " ", UP, ...new Array<string>(70).fill(DOWN)]
    ) {
      assert.equal(marked(screen.press(key)).length, 1, JSON.stringify(key));
    }
    assert.match(marked(screen.draw())[0] ?? "", /^› r29 /);
    for (let i = 0; i < 80; i++) screen.press(UP);
    assert.match(marked(screen.draw())[0] ?? "", /^› r0 /);
    assert.equal(screen.ui?.top, 0);
  }
  const screen = screenOf(viewOf(gridOf("A", names)));
  screen.press(`${DOWN}${DOWN}/r29\r`);
  assert.deepEqual(marked(screen.draw()), [], "the filter has left it out");
  assert.match(marked(screen.press(DOWN))[0] ?? "", /^› r29 /);
});

Deno.test("the mark is seen without colours and with them, and no line gets too wide for it", () => {
  for (const colours of [false, true]) {
    for (const columns of [1, 2, 3, 5, 20, 60]) {
      const screen = screenOf(viewOf(gridOf("表格", ["币安人生", "b"])), { columns, colours });
      const lines = screen.press(DOWN);
      for (const line of lines.filter((each) => each !== "head")) {
        assert.ok(widthOf(plainOf(line)) <= columns, `${columns}: ${line}`);
      }
      if (columns > 5) assert.equal(lines.filter((line) => plainOf(line).startsWith("› ")).length, 1);
    }
  }
});

Deno.test("Enter shows a row in full, which goes on while the table changes, and closes", () => {
  const screen = screenOf(viewOf(gridOf("A", ["a", "b"])), { rows: 10 });
  const detail = screen.press(`${DOWN}${DOWN}\r`);
  assert.deepEqual(detail.slice(0, 4), ["A b", "", "Row", "name  b"]);
  // What is long goes on below itself, and the panel is scrolled.
  assert.equal(detail[4], `long  ${"x".repeat(54)}`);
  assert.equal(detail[5], `      ${"x".repeat(54)}`);
  assert.match(detail.at(-1) ?? "", /^Esc closes .* u unsubscribes {2}/);
  assert.equal(screen.press("\x1b[F").some((line) => line === `      ${"x".repeat(300 - 5 * 54)}`), true);
  assert.equal(screen.press("\x1b[H")[0], "A b");
  screen.view = viewOf(gridOf("A", ["a"]));
  assert.equal(screen.draw()[0], "This row is gone");
  assert.match(screen.press("\x1b")[2] ?? "", /^ {2}name /);
  // Without a choice it is the first that is seen.
  const first = screenOf(viewOf(gridOf("A", ["a", "b"])));
  assert.equal(first.press("\r")[0], "A a");
});

Deno.test("each table has a tab: by its number, all with 0, the next ones with Tab", () => {
  const screen = screenOf(viewOf(gridOf("A", ["a"]), gridOf("B", ["b"])), { rows: 14 });
  assert.equal(screen.draw()[2], "[0 All]  1 A   2 B ");
  assert.deepEqual(screen.draw().slice(3, 6), ["A", "name  price  note", "a     0      of a"]);
  const second = screen.press("2");
  assert.equal(second[2], " 0 All   1 A  [2 B]");
  assert.deepEqual(second.slice(3, 5), ["name  price  note", "b     0      of b"]);
  assert.equal(screen.press(TAB)[2], "[0 All]  1 A   2 B ");
  assert.equal(screen.press(BACK_TAB)[2], " 0 All   1 A  [2 B]");
  assert.equal(screen.press("9")[2], " 0 All   1 A  [2 B]", "there is no ninth");
  assert.equal(screen.press("0")[2], "[0 All]  1 A   2 B ");
  // Of one table there are none; on a low screen they cost no line; a table may have a tab alone.
  assert.ok(!screenOf(viewOf(gridOf("A", ["a"]))).press("2").some((line) => line.includes("[")));
  const low = screenOf(viewOf(gridOf("A", ["a"]), gridOf("B", ["b"])), { rows: 7 });
  assert.deepEqual(low.press("2").slice(2, 4), ["name  price  note", "b     0      of b"]);
  const more = screenOf({ ...viewOf(gridOf("A", ["a"])), more: [gridOf("M", ["m"])] });
  assert.deepEqual(more.draw().slice(2, 5), ["[1 A]  2 M ", "name  price  note", "a     0      of a"]);
  assert.equal(more.press("2")[4], "m     0      of m");
  assert.equal(more.press("0")[4], "a     0      of a", "where none has all, 0 is the first");
});

Deno.test("columns are chosen from a list, and from the start by their titles", () => {
  const screen = screenOf(viewOf(gridOf("A", ["a"])), { rows: 12 });
  assert.deepEqual(screen.press("c").slice(0, 3), ["› [x] name", "  [x] price", "  [x] note"]);
  assert.deepEqual(screen.press(`${DOWN} `).slice(0, 3), ["  [x] name", "› [ ] price", "  [x] note"]);
  assert.deepEqual(screen.press("\x1b").slice(2, 4), ["name  note", "a     of a"]);
  // What is not shown is not sorted by.
  assert.match(screen.press("ss").at(-1) ?? "", /s sort: note/);
  screen.press("c \x1b");
  assert.deepEqual(screen.draw().slice(2, 4), ["note", "of a"]);
  screen.press(`c${DOWN}${DOWN} \x1b`);
  assert.deepEqual(screen.draw().slice(2, 4), ["name", "a"], "one stays");
  const only = screenOf(viewOf(gridOf("A", ["a"])), { ui: { ...FIRST_UI, only: new Set(["price"]) } });
  assert.deepEqual(only.draw().slice(2, 4), ["price", "0"]);
  assert.deepEqual(only.press("c").slice(0, 3), ["› [ ] name", "  [x] price", "  [ ] note"]);
  assert.deepEqual(only.press(" c").slice(2, 4), ["name  price", "a     0"]);
});

Deno.test("a row is unsubscribed after a clear yes, and by no other key", () => {
  const start = () => screenOf(viewOf(gridOf("A", ["a", "none"])));
  for (const key of ["n", "\r", "\x1b", " ", "q", "u", DOWN, TAB]) {
    const screen = start();
    assert.match(screen.press(`${DOWN}u`)[2] ?? "", /^Unsubscribe A\/a of test\?/);
    screen.press(key);
    assert.deepEqual([screen.ui?.request, screen.ui?.overlay], [undefined, undefined], JSON.stringify(key));
  }
  const yes = start();
  yes.press(`${DOWN}uy`);
  assert.deepEqual(yes.ui?.request, { server: "test", path: "A/a" });
  // From the row in full, too.
  const detail = start();
  assert.match(detail.press(`${DOWN}\ru`)[2] ?? "", /^Unsubscribe A\/a/);
  // Nothing is chosen, or what is chosen has no subscription.
  assert.equal(start().press("uy").some((line) => line.includes("Unsubscribe")), false);
  assert.equal(start().press(`${DOWN}${DOWN}uy`).some((line) => line.includes("Unsubscribe")), false);
  const interrupted = start();
  interrupted.press(`${DOWN}u\x03`);
  assert.equal(interrupted.ui, undefined, "Ctrl-C ends the view");
});

Deno.test("? lists the keys that there are here", () => {
  const screen = screenOf(viewOf(gridOf("A", ["a"]), gridOf("B", ["b"])), { rows: 24 });
  const help = screen.press("?").join("\n");
  for (const key of ["Enter", "1-9 0 Tab", "s r", "u "]) assert.match(help, new RegExp(`^${key}`, "m"));
  assert.match(screen.press("?")[3] ?? "", /^A/);
  const { detail: _, targetOf: __, ...plain } = viewOf(gridOf("A", ["a"]));
  assert.doesNotMatch(screenOf(plain, { rows: 24 }).press("?").join("\n"), /^(Enter|1-9|u )/m);
});

Deno.test("whatever lies over the tables fits the screen exactly, at any size, in both languages", async () => {
  for (const language of ["en", "zh"] as const) {
    const t = await loadLanguage(language);
    for (const columns of [1, 2, 3, 8, 30, 80]) {
      for (const rows of [1, 2, 3, 5, 8, 24]) {
        for (
          const overlay of [
            { kind: "help", top: 3 },
            { kind: "detail", key: "表/币安人生", top: 99 },
            { kind: "detail", key: "gone", top: 0 },
            { kind: "columns", at: 2 },
            { kind: "confirm", target: { server: "test", path: "tickers:币安人生" } },
          ] as const
        ) {
          const ui: Ui = { ...FIRST_UI, cursor: "表/币安人生", overlay };
          const view = viewOf(gridOf("表", ["币安人生"]), gridOf("B", ["b"]));
          const { lines } = renderFrame(view, { size: { columns, rows }, ui, paint: createPaint(false), t });
          assert.equal(lines.length, rows);
          // The head is the view's own, and cut by it.
          for (const line of lines.filter((each) => each !== "head")) {
            assert.ok(widthOf(line) <= columns, `${language} ${overlay.kind} ${columns}x${rows}: ${line}`);
          }
        }
      }
    }
  }
});

Deno.test("runLiveView() unsubscribes once, and says what became of it", async () => {
  let events: TerminalEvents | undefined;
  const written: string[] = [];
  const terminal: Terminal = {
    size: () => ({ columns: 60, rows: 10 }),
    open(given) {
      events = given;
      return { write: (text) => void written.push(text), [Symbol.dispose]: () => {} };
    },
  };
  const asked: unknown[] = [];
  const answer = Promise.withResolvers<string>();
  const over = runLiveView(
    {
      view: () => viewOf(gridOf("A", ["a"])),
      paint: createPaint(false),
      work: (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      unsubscribe: (target) => (asked.push(target), answer.promise),
    },
    terminal,
    new AbortController().signal,
  );
  await waitFor("a frame", () => written.join("").includes("of a"));
  events?.onKeys(DOWN);
  events?.onKeys("u");
  assert.deepEqual(asked, []);
  events?.onKeys("y");
  assert.deepEqual(asked, [{ server: "test", path: "A/a" }]);
  assert.match(written.at(-1) ?? "", /Unsubscribing A\/a of test …/);
  answer.resolve("A/a is unsubscribed");
  await waitFor("the outcome", () => written.join("").includes("A/a is unsubscribed"));
  events?.onKeys(DOWN);
  assert.match(written.at(-1) ?? "", /q quit/, "the next key takes it away");
  assert.equal(asked.length, 1);
  events?.onKeys("q");
  await over;
});

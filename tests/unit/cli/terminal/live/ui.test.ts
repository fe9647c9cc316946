/** What the keys of a live view do. */
import assert from "node:assert/strict";
import type { Key } from "../../../../../src/cli/terminal/live/keys.ts";
import { pressKey } from "../../../../../src/cli/terminal/live/press_key.ts";
import { type Extent, FIRST_UI, type Ui } from "../../../../../src/cli/terminal/live/ui.ts";

const EXTENT: Extent = { page: 10, total: 35, columns: 3 };

/** The choices after these keys; a text is typed character by character. */
function press(...keys: (Key | string)[]): Ui | undefined {
  let ui: Ui | undefined = FIRST_UI;
  for (const key of keys) {
    const named = typeof key === "string" && NAMES.has(key);
    for (const each of named || typeof key !== "string" ? [key as Key] : [...key].map((char) => ({ char }))) {
      ui = ui && pressKey(ui, each, EXTENT);
    }
  }
  return ui;
}

const NAMES = new Set([
  ...["up", "down", "pageUp", "pageDown", "home", "end"],
  ...["enter", "escape", "backspace", "interrupt"],
]);

Deno.test("pressKey() scrolls within what there is", () => {
  assert.equal(press("up")?.top, 0);
  assert.equal(press("jj")?.top, 2);
  assert.equal(press("down", "down", "k")?.top, 1);
  assert.equal(press("pageDown")?.top, 9);
  assert.equal(press("end")?.top, 25);
  assert.equal(press("G", "down")?.top, 25);
  assert.equal(press("G", "g")?.top, 0);
  assert.equal(press("end", "pageUp")?.top, 16);
});

Deno.test("pressKey() ends with q, Esc and Ctrl-C", () => {
  for (const key of ["q", "Q", "escape", "interrupt"]) assert.equal(press(key), undefined, key);
});

Deno.test("pressKey() types a filter, in which q is a letter", () => {
  const typing = press("jj", "/", "qxy", "backspace");
  assert.deepEqual([typing?.filter, typing?.typing, typing?.top], ["qx", true, 0]);
  assert.equal(press("/", "eth", "enter")?.filter, "eth");
  assert.equal(press("/", "eth", "enter")?.typing, false);
  assert.equal(press("/", "eth", "escape")?.filter, "");
  assert.equal(press("/", "x".repeat(500))?.filter.length, 64);
});

Deno.test("pressKey() takes a filter back with the first Esc and ends with the second", () => {
  const once = press("/", "eth", "enter", "escape");
  assert.equal(once?.filter, "");
  assert.equal(press("/", "eth", "enter", "escape", "escape"), undefined);
});

Deno.test("pressKey() ends with Ctrl-C even while a filter is typed", () => {
  assert.equal(press("/", "ab", "interrupt"), undefined);
});

Deno.test("pressKey() sorts by one column after the other, and then by none", () => {
  assert.deepEqual(["s", "ss", "sss", "ssss"].map((keys) => press(keys)?.sort), [0, 1, 2, -1]);
  assert.equal(press("r")?.reversed, true);
  assert.equal(press("rr")?.reversed, false);
});

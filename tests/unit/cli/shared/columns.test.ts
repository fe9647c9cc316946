/** `--columns`: every column of a view can be named, in both languages. */
import assert from "node:assert/strict";
import { parseColumns } from "../../../../src/cli/shared/columns.ts";
import { UsageError } from "../../../../src/cli/shared/exit.ts";
import { english, loadLanguage } from "../../../../src/cli/i18n/translate.ts";
import { TOP_TITLES } from "../../../../src/cli/top/tables.ts";
import { titlesOf } from "../../../../src/cli/watch/tables.ts";

const PATHS = [
  "tickers:A-B",
  "books:A-B",
  "candle1m:A-B",
  "account",
  "positions:ANY",
  "orders:ANY",
  "trades:A-B",
];

Deno.test("what the list of columns names is taken, each of them and all at once, in both languages", async () => {
  for (const t of [english, await loadLanguage("zh")]) {
    for (const titles of [TOP_TITLES, ...PATHS.map((path) => titlesOf([path]).titles)]) {
      const options = { titles, isOpen: false, t };
      let said = "";
      try {
        parseColumns("no such column", options);
      } catch (error) {
        assert.ok(error instanceof UsageError);
        said = t.error(error);
      }
      const list = /(?:only|只有)[：:]?\s*(.*)$/.exec(said)?.[1] ?? assert.fail(said);
      const all = parseColumns(list, options);
      // Each title that there is, as the view has it, is named by the list.
      const shown = new Set(titles.map((title) => t.any(title).toLowerCase()));
      assert.deepEqual([...all ?? []].sort(), [...shown].sort());
      for (const name of list.split(", ")) assert.equal(parseColumns(name, options)?.size, 1, name);
    }
  }
});

Deno.test("the path of okws top is named by its first word, in English always", async () => {
  const t = await loadLanguage("zh");
  const path = t("top.oldest_path").toLowerCase();
  for (const text of ["状态,路径", "状态，路径", "path,state", "state, 路径"]) {
    const found = parseColumns(text, { titles: TOP_TITLES, isOpen: false, t });
    assert.deepEqual([...found ?? []].sort(), [t("heading.state"), path].sort(), text);
  }
});

/** The table of settings against the settings that there are. */
import assert from "node:assert/strict";
import type { Language } from "../../scripts/channel_table.ts";
import { SETTINGS_PAGES, withSettingsTable } from "../../scripts/settings_table.ts";
import { variableOf } from "../../src/config/load.ts";
import { settingsSchema } from "../../src/config/shapes.ts";

const REDO = "stale; run: deno task gen";

for (const [language, file] of Object.entries(SETTINGS_PAGES) as [Language, string][]) {
  Deno.test(`${file} has the settings that the code has`, async () => {
    const text = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
    assert.ok(text === await withSettingsTable(text, language), REDO);
    for (const name of Object.keys(settingsSchema.shape)) {
      const rows = text.split("\n").filter((line) =>
        line.startsWith(`| \`${name}\` |`) && line.endsWith(`| \`${variableOf(name)}\` |`)
      );
      assert.equal(rows.length, 1, name);
    }
  });
}

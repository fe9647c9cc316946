/** The clients in other languages know the same channels as the code, and their page says what they have. */
import assert from "node:assert/strict";
import { channelNames, findChannel } from "../../src/okx/channels.ts";
import { legacyTables } from "../../src/okx/v3/legacy_channels.ts";
import { readPage } from "./blocks.ts";

for (const file of ["clients/python/src/okws_client/_model.py", "clients/go/model.go"]) {
  Deno.test(`${file} knows every channel, which are streams, and which are listed`, async () => {
    const text = (await readPage(file)).replace(/"\s*\+?\s*"/g, "");
    const sets: Readonly<Record<string, readonly string[]>> = {
      streams: ["events"],
      listed: ["instruments", "open", "balances"],
      others: ["latest", "book", "bookSnapshot"],
      legacy: [],
    };
    for (const [name, storages] of Object.entries(sets)) {
      const [, known = ""] =
        new RegExp(`^\\s*${name} += +(?:frozenset|words)\\(\\s*"([^"]+)"`, "im").exec(text) ?? [];
      const channels = name === "legacy"
        ? legacyTables().filter((table) => !table.includes("candle"))
        : channelNames().filter((each) => storages.includes(findChannel(each)?.storage ?? ""));
      assert.deepEqual(known.trim().split(/\s+/).toSorted(), channels.toSorted(), name);
    }
  });
}

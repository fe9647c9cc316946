/** The clients in other languages know the channels and the members of `P/subs` that the code knows. */
import assert from "node:assert/strict";
import { RECORDS } from "../../scripts/contract/records.ts";
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
    const [bars = ""] = /\^\(candle1s[^]*?\)\$/.exec(text) ?? [];
    const pattern = new RegExp(bars.replace(/["`]\s*\+?\s*(?:r"|`)/g, ""));
    const candles = [...channelNames(), ...legacyTables()].filter((each) => each.includes("candle"));
    for (const name of candles) assert.match(name, pattern);
    for (const name of ["candle7m", "index-candle1s", "candle1Yutc", "spot/candle1m", "candle1mx"]) {
      assert.doesNotMatch(name, pattern);
    }
  });
}

Deno.test("the clients have every member of a field of P/subs, and both pages its row", async () => {
  const python = await readPage("clients/python/src/okws_client/_model.py");
  const go = await readPage("clients/go/model.go");
  const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name);
  const readers = { Subscription: ["State", "record"], Reason: ["Reason", "error"] } as const;
  for (const [name, [struct, variable]] of Object.entries(readers)) {
    const members = Object.keys(RECORDS[name]?.["properties"] ?? {}).toSorted();
    assert.ok(members.length > 2, name);
    const read = new RegExp(`\\b${variable}\\.get\\("(\\w+)"\\)`, "g");
    assert.deepEqual([...new Set(found(python, read))].toSorted(), members, `Python: ${name}`);
    const [, fields = ""] = new RegExp(`^type ${struct} struct \\{\\n([^]*?)^\\}`, "m").exec(go) ?? [];
    const tags = found(fields, /^\t\S.*`json:"(\w+)/gm).filter((tag) => tag !== "path");
    assert.deepEqual(tags.toSorted(), members, `Go: ${name}`);
  }
  for (const page of ["docs/reference/redis.md", "docs/reference/redis.zh-CN.md"]) {
    const [, table = ""] = /"state":"live","since"[^]*?\n((?:\|.*\n)+)/.exec(await readPage(page)) ?? [];
    const members = Object.keys(RECORDS["Subscription"]?.["properties"] ?? {});
    assert.deepEqual(found(table, /^\| `(\w+)` \|/gm), members, page);
  }
});

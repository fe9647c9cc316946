/** Lists of instruments, asked for by REST; the exchange is a real server of the test. */
import assert from "node:assert/strict";
import type { Row } from "../../../../src/okx/frame.ts";
import { fetchInstruments } from "../../../../src/session/recovery/instrument_lists.ts";
import { withTimeout } from "../../../support/wait.ts";
import { topicOf } from "../../../support/topics.ts";

const refused = (code: string) => Response.json({ code, msg: "no", data: [] });

async function fetchFrom(
  paths: string | string[],
  answer: (url: URL, call: number) => readonly unknown[] | Response,
) {
  const asked: string[] = [];
  const troubles: string[] = [];
  const stats = { unreadable: 0 };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const url = new URL(request.url);
    asked.push(`${url.pathname.slice("/api/v5".length)}${url.search}`);
    const found = answer(url, asked.length - 1);
    return found instanceof Response ? found : Response.json({ code: "0", msg: "", data: found });
  });
  const rows = await withTimeout(
    "the list",
    fetchInstruments([paths].flat().map(topicOf), {
      rest: { url: `http://127.0.0.1:${server.addr.port}`, headers: {} },
      turn: () => Promise.resolve(),
      stats,
      signal: new AbortController().signal,
      onTrouble: ({ code }) => troubles.push(code),
    }),
  );
  return { ids: rows.map((row: Row) => row.instId), asked, troubles, stats };
}

const family = (url: URL) => url.searchParams.get("instFamily") ?? url.searchParams.get("seriesId");

Deno.test("options are listed family by family, whatever shape their names come in", async () => {
  for (const names of [["BTC-USD", "ETH-USD"], [["BTC-USD", "ETH-USD"]]]) {
    const { ids, asked } = await fetchFrom("instruments:OPTION", (url) => {
      return url.pathname.endsWith("/underlying") ? names : [{ instId: `${family(url)}-1-2-C` }];
    });
    assert.deepEqual(ids, ["BTC-USD-1-2-C", "ETH-USD-1-2-C"]);
    assert.deepEqual(asked.toSorted(), [
      "/public/instruments?instType=OPTION&instFamily=BTC-USD",
      "/public/instruments?instType=OPTION&instFamily=ETH-USD",
      "/public/underlying?instType=OPTION",
    ]);
  }
});

Deno.test("event contracts are listed series by series; one without any holds up nothing", async () => {
  const { ids, troubles } = await fetchFrom("instruments:EVENTS", (url) => {
    if (url.pathname.endsWith("/series")) return [{ seriesId: "A" }, { seriesId: "B" }];
    return family(url) === "A" ? refused("51001") : [{ instId: "B-1" }];
  });
  assert.deepEqual([ids, troubles], [["B-1"], []]);
});

Deno.test("a legacy path of options asks for its own family", async () => {
  const { asked } = await fetchFrom("option/instruments:BTC-USD", () => [{ instId: "BTC-USD-1-2-C" }]);
  assert.deepEqual(asked, ["/public/instruments?instType=OPTION&instFamily=BTC-USD"]);
});

Deno.test("several legacy paths of options ask for the family of each, and one that wants all for all", async () => {
  const legacy = ["option/instruments:BTC-USD", "option/instruments:ETH-USD"];
  const some = await fetchFrom(legacy, (url) => [{ instId: `${family(url)}-1-2-C` }]);
  assert.deepEqual(some.ids, ["BTC-USD-1-2-C", "ETH-USD-1-2-C"]);
  const all = await fetchFrom([...legacy, "instruments:OPTION"], (url) => {
    return url.pathname.endsWith("/underlying")
      ? ["BTC-USD", "SOL-USD"]
      : [{ instId: `${family(url)}-1-2-C` }];
  });
  assert.deepEqual(all.ids, ["BTC-USD-1-2-C", "SOL-USD-1-2-C"]);
});

Deno.test("a list that fails is asked for again, and the families that are there are not", async () => {
  let failures = 0;
  const { ids, asked, troubles } = await fetchFrom("instruments:OPTION", (url) => {
    if (url.pathname.endsWith("/underlying")) return ["BTC-USD", "ETH-USD"];
    return family(url) === "ETH-USD" && failures++ === 0
      ? refused("50026")
      : [{ instId: `${family(url)}-1-2-C` }];
  });
  assert.deepEqual([ids.length, troubles, asked.length], [2, ["50026"], 4]);
});

Deno.test("that there are no families at all is not believed", async () => {
  const { ids, troubles } = await fetchFrom("instruments:OPTION", (url, call) => {
    if (url.pathname.endsWith("/underlying")) return call === 0 ? [] : ["BTC-USD"];
    return [{ instId: "BTC-USD-1-2-C" }];
  });
  assert.deepEqual([ids, troubles], [["BTC-USD-1-2-C"], ["empty"]]);
});

Deno.test("an empty list is believed when it is said twice", async () => {
  const wrong = await fetchFrom("instruments:SWAP", (_url, call) => call === 0 ? [] : [{ instId: "X-SWAP" }]);
  assert.deepEqual(wrong.ids, ["X-SWAP"]);
  const right = await fetchFrom("instruments:SWAP", () => []);
  assert.deepEqual([right.ids, right.asked.length, right.troubles], [[], 2, []]);
});

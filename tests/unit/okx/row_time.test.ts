/** The time of a row, for each channel by the members that the exchange documents for it. */
import assert from "node:assert/strict";
import { channelNames, findChannel } from "../../../src/okx/channels.ts";
import { ExactNumber } from "../../../src/okx/exact_json.ts";
import type { Row } from "../../../src/okx/frame.ts";
import { rowTimeOf } from "../../../src/okx/row_time.ts";

/** Documented members with a time where a channel has further ones than `ts`, or none: that of the row first. */
const TIMES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    ["orders-algo", "rfqs", "quotes", "sprd-orders", "orders"].map((name) => [name, ["uTime", "cTime"]]),
  ),
  ...Object.fromEntries(
    [
      ...["grid-orders-spot", "grid-orders-contract", "grid-positions", "grid-sub-orders"],
      ...["algo-recurring-buy", "positions", "liquidation-warning"],
    ].map((name) => [name, ["uTime", "pTime", "cTime"]]),
  ),
  "algo-advance": ["pTime", "cTime"],
  "deposit-info": ["ts", "pTime"],
  "withdrawal-info": ["ts", "pTime"],
  "account": ["uTime"],
  "balance_and_position": ["pTime"],
  "public-struc-block-trades": ["cTime"],
  "struc-block-trades": ["cTime"],
  // What is said of an instrument has no time, nor has a failed lead.
  "instruments": [],
  "event-contract-markets": [],
  "copytrading-lead-notification": [],
};

/** Rows that keep the time in their parts, which are the rows that are kept. */
const IN_PARTS = new Set(["liquidation-orders"]);

Deno.test("rowTimeOf() takes the member that each channel documents, and the next where that is blank", async (t) => {
  for (const channel of channelNames()) {
    const spec = findChannel(channel);
    const times = TIMES[channel] ?? ["ts"];
    await t.step(channel, () => {
      const isDated = times[0] === "ts" && !IN_PARTS.has(channel) && spec?.storage !== "candle";
      assert.equal(spec?.time, isDated ? "ts" : undefined, "as the table of channels has it");
      for (const [i, first] of times.entries()) {
        const row = Object.fromEntries(
          times.map((name, n) => [name, n < i ? "" : String(1700000000000 + n)]),
        );
        assert.equal(rowTimeOf(row), 1700000000000 + i, first);
      }
      assert.equal(rowTimeOf(Object.fromEntries(times.map((name) => [name, ""]))), 0);
    });
  }
});

Deno.test("rowTimeOf() reads what v3 writes, numbers and nothing else", async (t) => {
  const day = Date.UTC(2026, 10, 22);
  const table: [Row, number][] = [
    [{ timestamp: "2026-11-22T00:00:00.000Z", created_at: "2026-11-21T00:00:00.000Z" }, day],
    [{ created_at: "2026-11-21T00:00:00.000Z", updated_at: "2026-11-22T00:00:00.000Z" }, day],
    [{ created_at: "2026-11-22T00:00:00Z" }, day],
    [{ timestamp: "", created_at: "2026-11-22T00:00:00Z" }, day],
    [{ ts: 1700000000000 }, 1700000000000],
    [{ ts: new ExactNumber("1700000000000.5") }, 1700000000000.5],
    [{ ts: null, uTime: "5" }, 5],
    [{ ts: "0", cTime: "3" }, 3],
    [{ ts: "-1" }, 0],
    [{ ts: "soon" }, 0],
    [{ ts: "Infinity" }, 0],
    [{ ts: {} }, 0],
    [{}, 0],
  ];
  for (const [row, ms] of table) await t.step(JSON.stringify(row), () => assert.equal(rowTimeOf(row), ms));
});

/** Whatever a projector publishes of any channel has one address in asyncapi.yaml, and is what stands there. */
import assert from "node:assert/strict";
import { DOCUMENTED_ROWS } from "../../../scripts/contract/documented_rows.ts";
import { schemas } from "../../../scripts/contract/main.ts";
import { rowName } from "../../../scripts/contract/rows.ts";
import type { BookView, SessionEvent } from "../../../src/model/events.ts";
import { channelNames, findChannel } from "../../../src/okx/channels.ts";
import type { DataFrame, Row } from "../../../src/okx/frame.ts";
import { OrderBook } from "../../../src/okx/order_book.ts";
import { exampleOf } from "../../../src/okx/path_text.ts";
import { parseAnyTopic, type Topic } from "../../../src/okx/topic.ts";
import { findLegacy, legacyTables } from "../../../src/okx/v3/legacy_channels.ts";
import { Projector } from "../../../src/store/layout/projector.ts";
import { messageFaultOf } from "../../support/contract.ts";
import { AT, published } from "../store/layout/events.ts";

const definitions = schemas().definitions as Readonly<
  Record<string, { readonly properties?: Readonly<Record<string, { readonly type?: string }>> }>
>;

const BOOK: BookView = (({ bids, asks, ts, seqId }) => ({ bids, asks, ts, seqId, state: "live" as const }))(
  new OrderBook(),
);

/** Paths of a channel: with all arguments, and with as few as it takes. */
function pathsOf(table: string): string[] {
  const spec = findChannel(table);
  if (spec === undefined) {
    return [findLegacy(table)?.filter === true ? `${table}:${exampleOf(table)}` : table];
  }
  const values = (args: readonly string[]) =>
    [table, ...args.map((name) => name.startsWith("instType") ? "SWAP" : "BTC-USDT")].join(":");
  const needed = spec.args.filter((name) => !name.endsWith("?"));
  return [...new Set([values(needed), values(spec.args.filter((name) => name !== "extraParams?"))])];
}

/** A row for a topic with all documented members. */
function sampleRow({ arg: { channel, ccy = "USDT" } }: Topic): unknown {
  const columns = findChannel(channel)?.columns;
  if (columns !== undefined) return columns.map((name) => name === "ts" ? String(AT) : "1");
  const values: Record<string, unknown> = {
    ...{ string: "1", number: 1, boolean: true, array: [], object: {} },
    ...{ details: [{ ccy }], balData: [{ ccy }], posData: [{ posId: "1" }], instFamily: "BTC-USD" },
  };
  const { properties = {} } = definitions[rowName(channel, "Message")] ?? {};
  const row: Record<string, unknown> = {};
  for (const [name, { type = "string" }] of Object.entries(properties)) {
    row[name] = values[name] ?? (/[tT]ime$|^ts$|begin|end$/.test(name) ? String(AT) : values[type]);
  }
  for (const name of ["details", "balData", "posData"]) {
    if (DOCUMENTED_ROWS[channel]?.includes(`${name}[]`) === true) row[name] = values[name];
  }
  return row;
}

function eventOf(topic: Topic): SessionEvent {
  const row = sampleRow(topic);
  const rows = [Array.isArray(row) ? row : { ...row as Row, ...topic.arg, channel: undefined }];
  const text = JSON.stringify({ arg: topic.arg, data: rows });
  const frame: DataFrame = { kind: "data", arg: topic.arg, rows, action: undefined, text };
  const topics = [topic];
  return topic.storage === "book"
    ? { kind: "book", topics, frame: { ...frame, action: "snapshot" }, book: BOOK, at: AT }
    : { kind: "rows", topics, frame, at: AT };
}

Deno.test("whatever is published of any channel has one address in asyncapi.yaml, and is as it says there", () => {
  const faults: string[] = [];
  for (const table of [...channelNames(), ...legacyTables()]) {
    for (const path of pathsOf(table)) {
      const topic = parseAnyTopic(path);
      assert.ok(topic.kind === "topic", `${path}: ${JSON.stringify(topic)}`);
      const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 3 });
      const messages = published(projector.project(eventOf(topic)));
      if (messages.length < 2) faults.push(`${path} publishes ${messages.length}`);
      for (const [channel, text] of messages) {
        const { fault } = messageFaultOf(channel, text);
        if (fault !== undefined) faults.push(`${path}: ${fault}`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

/** For every channel of the table: what is pushed comes back through the client, whatever the rows hold. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Client, connect } from "../../src/client/client.ts";
import { startEmbedded } from "../../src/embedded/server.ts";
import { barOf, channelNames, findChannel } from "../../src/okx/channels.ts";
import type { Arg, DataFrame, Row } from "../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../src/okx/topic.ts";
import { Projector } from "../../src/store/layout/projector.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import type { Store } from "../../src/store/store.ts";
import { shownText } from "../support/any_text.ts";

/** Values as the exchange sends them: texts of any content, numbers, flags, nothing, and lists. */
const value = fc.oneof(
  shownText({ maxLength: 12 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(""),
  fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }),
);
const members = fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,10}$/), value, {
  minKeys: 1,
  maxKeys: 6,
});
const id = fc.stringMatching(/^[A-Z0-9][A-Z0-9_-]{2,15}$/);

Deno.test("rows of every channel survive the way into Redis and back", async (t) => {
  await using embedded = startEmbedded();
  await using store = await openStore(embedded.url);
  await using client = await connect({ redisUrl: embedded.url });
  let count = 0;
  // One bar stands for the twenty-seven of its family.
  const names = channelNames().filter((name) => barOf(name) === undefined || name.endsWith("candle1m"));
  for (const name of names.filter((each) => findChannel(each)?.storage !== "book")) {
    await t.step(name, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(members, { minLength: 1, maxLength: 4 }),
          fc.array(id, { minLength: 6, maxLength: 6 }),
          async (rows, ids) => {
            await roundTrip({ store, client, server: `p${++count}`, name }, rows, ids);
          },
        ),
        { numRuns: 12 },
      );
    });
  }
});

type Place = {
  readonly store: Store;
  readonly client: Client;
  readonly server: string;
  readonly name: string;
};

async function roundTrip(
  { store, client, server, name }: Place,
  contents: readonly Row[],
  ids: readonly string[],
): Promise<void> {
  const topic = topicOfChannel(name, ids);
  const rows = contents.map((content, i) => rowOf(topic, content, ids, i));
  const projector = new Projector({ keyPrefix: "okex", server, maxRow: 100 });
  const frame: DataFrame = { kind: "data", arg: topic.arg, rows, action: undefined, text: "" };
  const { rejected } = await store.apply(
    projector.project({ kind: "rows", topics: [topic], frame, at: 1_700_000_000_000 }),
  );
  assert.equal(rejected, 0);
  // Of rows with the same place the last one stays, but for series, where each is kept.
  const isSeries = topic.storage === "events" || topic.storage === "candle" ||
    topic.storage === "instruments";
  const kept = isSeries ? rows : [...new Map(rows.map((row) => [placeOf(topic, row), row])).values()];
  for (const [i, row] of kept.entries()) {
    const cached = await client.get(server, placeOf(topic, row));
    const found = Array.isArray(cached) ? cached : cached === undefined ? [] : [cached];
    const expected = textsOf(topic, row);
    const isThere = found.some((each) =>
      Object.entries(expected).every(([member, text]) => each[member] === text)
    );
    assert.ok(isThere, `${name} row ${i}: ${JSON.stringify(expected)} is not among ${JSON.stringify(found)}`);
  }
}

function topicOfChannel(name: string, ids: readonly string[]): Topic {
  const arg: Record<string, string> & { channel: string } = { channel: name };
  for (const [i, each] of (findChannel(name)?.args ?? []).entries()) {
    if (!each.endsWith("?")) arg[each] = ids[i] as string;
  }
  const topic = parseTopic(arg as Arg);
  assert.equal(topic.kind, "topic", name);
  return topic as Topic;
}

/** A row with what makes it one of its own: different keys, or for a series different times. */
function rowOf(topic: Topic, content: Row, ids: readonly string[], i: number): Row {
  if (topic.storage === "candle") {
    const cells = Array.from(
      { length: topic.cells },
      (_, at) => at === 0 ? String(1_700_000_000_000 + i * 60_000) : String(at),
    );
    return [...cells.slice(0, -1), "0"] as unknown as Row;
  }
  if (topic.storage === "balances") return { totalEq: "1", details: [{ ...content, ccy: `${ids[0]}${i}` }] };
  const key = Object.fromEntries(
    topic.key.map((member, at) => [member, topic.arg[member] ?? `${ids[at]}${i}`]),
  );
  return { ...content, ...key };
}

function placeOf(topic: Topic, row: Row): string {
  if (topic.storage === "balances") return `${topic.table}:${(row.details as Row[])[0]?.ccy}`;
  if (topic.storage === "open" || (topic.storage === "latest" && topic.key.length > 0)) {
    return `${topic.table}:${topic.key.map((member) => row[member]).join(":")}`;
  }
  return topic.path;
}

function textsOf(topic: Topic, row: Row): Record<string, string> {
  const source = topic.storage === "candle"
    ? Object.fromEntries((row as unknown as string[]).map((cell, i) => [topic.columns[i] as string, cell]))
    : topic.storage === "balances"
    ? (row.details as Row[])[0] as Row
    : row;
  return Object.fromEntries(
    Object.entries(source).map(([member, each]) => [
      member,
      each === null ? "" : typeof each === "object" ? JSON.stringify(each) : String(each),
    ]),
  );
}

/** A channel that is refused at one endpoint and tried at another. */
import assert from "node:assert/strict";
import { type ConnectionGroup, groupOf } from "../../../src/model/events.ts";
import { parseTopic, type Topic } from "../../../src/okx/topic.ts";
import { findOtherEndpoint } from "../../../src/session/other_endpoint.ts";

/** The groups that a channel is tried on one after the other, when each refuses it with the same code. */
function journey(input: unknown, code: string, hasLogin: boolean): ConnectionGroup[] {
  let topic = parseTopic(input) as Topic;
  const tried = new Set<ConnectionGroup>();
  while (tried.size < 10) {
    tried.add(groupOf(topic));
    const place = findOtherEndpoint(topic, code, { tried, hasLogin });
    if (place === undefined) return [...tried];
    topic = { ...topic, ...place };
  }
  throw new Error("without end");
}

const UNKNOWN = { channel: "foo", instId: "A" };

Deno.test("a channel that the table does not know is tried everywhere, without a login first", () => {
  for (const code of ["60018", "60008", "60028"]) {
    assert.deepEqual(journey(UNKNOWN, code, true), [
      ...["public", "business", "business+login", "private+login", "public+login"],
    ]);
    assert.deepEqual(journey(UNKNOWN, code, false), ["public", "business"]);
  }
  assert.deepEqual(journey(UNKNOWN, "60011", true).slice(0, 2), ["public", "public+login"]);
  assert.deepEqual(journey(UNKNOWN, "64003", true), ["public"], "that says something else");
});

Deno.test("a channel of the table is moved once, and only where the exchange says where it is", () => {
  assert.deepEqual(journey("tickers:A", "64001", true), ["public", "business"]);
  assert.deepEqual(journey("candle1m:A", "64002", true), ["business", "public"]);
  assert.deepEqual(journey("rfqs", "64002", true), ["business+login", "private+login"]);
  assert.deepEqual(journey("tickers:A", "60011", true), ["public", "public+login"]);
  assert.deepEqual(journey("tickers:A", "60011", false), ["public"]);
  assert.deepEqual(journey("tickers:A", "60018", true), ["public"]);
});

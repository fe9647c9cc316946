/** Factories of session events, for the tests of what becomes of them. */
import assert from "node:assert/strict";
import type { SessionEvent, SubscriptionState } from "../../../../src/model/events.ts";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import type { Topic } from "../../../../src/okx/topic.ts";
import { decodeV5 } from "../../../../src/okx/v5.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { withBookRows } from "../../../support/book_view.ts";
import { topicOf } from "../../../support/topics.ts";

/** A time in the middle of nowhere. */
export const AT = 1_786_540_440_000;

/** A push as it comes from the socket. */
export function frameOf(
  topic: Topic,
  rows: readonly unknown[],
  more: Record<string, unknown> = {},
): DataFrame {
  const frame = decodeV5(JSON.stringify({ arg: topic.arg, ...more, data: rows }));
  assert.equal(frame.kind, "data");
  return frame as DataFrame;
}

/** Rows that were fetched rather than pushed. */
export function seedOf(topic: Topic, rows: readonly unknown[], at = AT): SessionEvent {
  const frame: DataFrame = { kind: "data", arg: topic.arg, rows, action: "list", text: "" };
  return { kind: "rows", topics: [topic], frame, at };
}

export function rowsOf(path: unknown, rows: readonly unknown[], at = AT): SessionEvent {
  const topic = topicOf(path);
  return { kind: "rows", topics: [topic], frame: frameOf(topic, rows), at };
}

export function stateOf(path: unknown, state: SubscriptionState, at = AT): SessionEvent {
  return { kind: "subscription", topic: topicOf(path), state, refusal: undefined, at };
}

/** The writes of one kind; books count as the rows that they make. */
export function only<K extends Write["kind"]>(
  writes: readonly Write[],
  kind: K,
): Extract<Write, { kind: K }>[] {
  const all = kind === "row" ? withBookRows(writes) : writes;
  return all.filter((write): write is Extract<Write, { kind: K }> => write.kind === kind);
}

/** Messages by channel, in order. */
export function published(writes: readonly Write[]): [string, string][] {
  return only(writes, "publish").map(({ channel, message }) => [channel, message]);
}

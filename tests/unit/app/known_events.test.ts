/** Events that were collected before Redis could be read, and that it has already. */
import assert from "node:assert/strict";
import { createKnownEvents } from "../../../src/app/known_events.ts";
import type { ResumePoint } from "../../../src/session/recovery/series_resume.ts";
import type { Write } from "../../../src/store/write/write.ts";
import { topicOf } from "../../support/topics.ts";

const trade = (tradeId: string) => ({ instId: "A-B", tradeId, px: "1", sz: "1", side: "buy", ts: "1000" });

function append(key: string, row: Record<string, string>): Write {
  return { kind: "append", key, id: "1-0", row, keep: 10, of: key } as unknown as Write;
}

Deno.test("an event that its stream has is known, another one and one of another stream are not", () => {
  const topic = topicOf("trades:A-B");
  const point: ResumePoint = { at: 0, rows: [trade("1"), trade("2")], bars: [], gaps: [] };
  const isKnown = createKnownEvents([topic], new Map([[topic.upstream, point]]), (path) => `P/${path}`);
  assert.equal(isKnown(append("P/trades:A-B", trade("2"))), true);
  assert.equal(isKnown(append("P/trades:A-B", trade("3"))), false);
  assert.equal(isKnown(append("P/trades:C-D", trade("2"))), false);
  assert.equal(isKnown({ kind: "publish", channel: "P/trades:A-B", message: "{}" }), false);
});

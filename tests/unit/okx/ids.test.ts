/** Ids of any characters: one spelling in paths and keys, and every spelling of the exchange's own name is understood. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { channelNames } from "../../../src/okx/channels.ts";
import { escapeId, unescapeId } from "../../../src/okx/escape.ts";
import { filterOfPath } from "../../../src/okx/path_text.ts";
import { RESERVED_NAMES } from "../../../src/okx/native_path.ts";
import { parseTopic, parseTopicV3, type Topic } from "../../../src/okx/topic.ts";
import { createKeys, spellings } from "../../../src/store/layout/keys.ts";
import { cleanId } from "../../../src/store/layout/push.ts";
import { shownText } from "../../support/any_text.ts";

function topic(input: unknown, parse = parseTopic): Topic {
  const parsed = parse(input);
  assert.equal(parsed.kind, "topic", parsed.kind === "fault" ? parsed.message : "");
  return parsed as Topic;
}

const IDS = [
  "A/B",
  "X=Y",
  "x=y",
  "A%B",
  "A:B",
  "A:B=C",
  "100%",
  "币安人生-USDT",
  "ÄÖ-USDT",
  "Ωmega/1",
  "a{b}c",
  "🚀-USDT",
];

Deno.test("parseTopic() takes the exchange's own name of an instrument, in both spellings and from an object", () => {
  for (const instId of IDS) {
    const native = topic(`tickers:${instId}`);
    const legacy = topic(`spot/ticker:${instId}`);
    for (const parsed of [native, legacy, topic({ channel: "tickers", instId })]) {
      assert.deepEqual({ ...parsed.arg }, { channel: "tickers", instId });
    }
    assert.equal(native.path, `tickers:${escapeId(instId)}`);
    assert.equal(legacy.path, `spot/ticker:${escapeId(instId)}`);
    assert.equal(topic({ channel: "tickers", instId }).path, native.path);
    for (const { path } of [native, legacy]) {
      assert.match(path, /^[!-~]+$/);
      assert.equal(topic(path).path, path);
      assert.equal(filterOfPath(path), instId);
    }
    const v3 = topic(`spot/ticker:${instId}`, parseTopicV3);
    assert.deepEqual([v3.path, v3.arg.instId], [legacy.path, instId]);
  }
});

Deno.test("a row's key is its path's key, whatever its id holds", () => {
  const keys = createKeys("okex", "t");
  fc.assert(fc.property(shownText({ minLength: 1, maxLength: 12 }), (id) => {
    // A path has at most 200 characters.
    fc.pre(id.isWellFormed() && !/\p{Cc}/u.test(id) && escapeId(id).length <= 150);
    const { path } = topic({ channel: "tickers", instId: id });
    assert.equal(keys.row("tickers", cleanId(id) as string), keys.path(path));
    assert.equal(unescapeId(escapeId(id)), id);
    assert.doesNotMatch(escapeId(id), /[/:=*?[\]\\{}\s]/);
  }));
});

Deno.test("parseTopic() reads a channel's arguments by name wherever the name is one", () => {
  const arg = { channel: "orders", instType: "SWAP", instId: "A:B" };
  assert.deepEqual({ ...topic("orders:SWAP:instId=A%3AB").arg }, arg);
  assert.deepEqual({ ...topic({ ...arg }).arg }, arg);
  assert.deepEqual({ ...topic("tickers:instId=X=Y").arg }, { channel: "tickers", instId: "X=Y" });
});

Deno.test("parseTopic() refuses the names that okws uses itself, as path and as object", () => {
  for (const channel of RESERVED_NAMES) {
    if (channelNames().includes(channel)) continue;
    for (
      const input of [channel, `${channel}:A`, `${channel}:instId=A`, { channel }, { channel, instId: "A" }]
    ) {
      const parsed = parseTopic(input);
      assert.equal(parsed.kind, "fault", JSON.stringify(input));
    }
  }
});

Deno.test("no topic has a key that okws uses itself", () => {
  const keys = createKeys("okex", "t");
  const own = [keys.status, keys.event, keys.subs, keys.gaps, keys.wanted, keys.epoch];
  for (const channel of channelNames()) {
    const parsed = parseTopic({ channel });
    if (parsed.kind === "fault") continue;
    for (const key of [keys.path(parsed.path), keys.table(parsed.table)]) assert.ok(!own.includes(key), key);
  }
});

Deno.test("spellings() finds keys by the exchange's name, and leaves patterns what they are", () => {
  assert.deepEqual(spellings("okex/t/tickers:A/B"), ["okex/t/tickers:A/B", "okex/t/tickers:A%2FB"]);
  assert.ok(spellings("okex/t/tickers:币安*").includes("okex/t/tickers:%E5%B8%81%E5%AE%89*"));
  assert.deepEqual(spellings("okex/*"), ["okex/*"]);
  assert.deepEqual(spellings("okex/t/tickers:BTC-*"), ["okex/t/tickers:BTC-*"]);
  assert.deepEqual(spellings("okex/t/tickers:A%2FB"), ["okex/t/tickers:A%2FB"]);
});

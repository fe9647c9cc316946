/** What the service says in English is Chinese on the page of a user who reads Chinese. */
import assert from "node:assert/strict";
import { SENTENCES_ZH } from "../../../src/http/page/sentences_zh.ts";
import { fillText, placeholdersOf } from "../../../src/shared/messages/placeholders.ts";
import { createSentences } from "../../../web/sentences.ts";

const say = createSentences(JSON.parse(SENTENCES_ZH));

Deno.test("events, faults and reasons of a service are Chinese, names and the exchange's words are not", async (t) => {
  const table: readonly (readonly [english: string, chinese: string])[] = [
    ["opened", "已打开"],
    ["public connected", "public 已连接"],
    ["public lost: closed with code 1006", "public 断开：已关闭，代码 1006"],
    ["instruments:SPOT: live", "instruments:SPOT: live"],
    ["trades:BTC-USDT, books5:BTC-USDT: a gap was filled", "trades:BTC-USDT, books5:BTC-USDT: 缺口已补上"],
    ["trades:BTC-USDT: a gap was filled in part (3.2 s)", "trades:BTC-USDT: 缺口补上了一部分（3.2 秒）"],
    [
      "tickers:A, account, b:C and 5 more: no longer desired",
      "tickers:A, account, b:C 等另外 5 个：不再需要",
    ],
    ["tickers:X: refused: 60018 no such thing", "tickers:X: refused: 60018 no such thing"],
    [
      "tickers:A, b:C and 4 more: stale: the connection is lost: closed with code 4006: Abnormal disconnect",
      "tickers:A, b:C 等另外 4 个：stale: 连接断开：已关闭，代码 4006：Abnormal disconnect",
    ],
    [
      "tickers:A: stale: the connection is lost: closed with code 1006",
      "tickers:A: stale: 连接断开：已关闭，代码 1006",
    ],
    ["public lost: Connection refused", "public 断开：对方拒绝连接"],
    ["Redis takes writes again", "Redis 又接受写入了"],
  ];
  for (const [english, chinese] of table) await t.step(english, () => assert.equal(say(english), chinese));
  const path = say(
    "test tickers:X is stale: the connection is lost: no answer to a ping within 10000 ms; next attempt in 4 s",
  );
  assert.doesNotMatch(path.replace(/test|tickers:X|stale|ping/g, ""), /[A-Za-z]{3,}/);
});

Deno.test("every sentence is found as itself, alone and behind the path and the state that it is the reason of", () => {
  const pairs: Readonly<Record<string, readonly [string, string]>> = JSON.parse(SENTENCES_ZH);
  const reason = [
    "the connection is lost: closed with code 1001: Going away",
    "连接断开：已关闭，代码 1001：Going away",
  ];
  const wrong: string[] = [];
  for (const [key, [english, chinese]] of Object.entries(pairs)) {
    // join.* are nothing but values.
    if (key.startsWith("join.")) continue;
    const names = placeholdersOf(english);
    const fill = (text: string, language: 0 | 1) =>
      fillText(text, (name) =>
        !name.startsWith("reason")
          ? `v${names.indexOf(name)}`
          // A reason within a sentence is a few words.
          : (english.endsWith(`{${name}}`) ? reason : PART)[language] as string);
    const [said, shown] = [fill(english, 0), fill(chinese, 1)];
    for (const [before, expected] of BEFORE) {
      const found = say(before + said);
      if (found !== expected + shown) wrong.push(`${key}: ${before}${said} → ${found}`);
    }
  }
  assert.deepEqual(wrong, []);
});

const PART = ["no argument", "（无参数）"];

/** What stands before a reason, in English and Chinese. */
const BEFORE = [
  ["", ""],
  ["candle1m:BTC-USDT: stale: ", "candle1m:BTC-USDT: stale: "],
  ["tickers:A, b:C and 2 more: stale: ", "tickers:A, b:C 等另外 2 个：stale: "],
  ["public lost: ", "public 断开："],
] as const;

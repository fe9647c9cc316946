/** Reasons that come from the rooms below the command line, or over Redis as English sentences, in Chinese. */
import assert from "node:assert/strict";
import { loadLanguage } from "../../../../src/cli/i18n/translate.ts";
import { explain } from "../../../../src/cli/shared/exit.ts";
import { parseConfig } from "../../../../src/config/schema.ts";
import { Script } from "../../../../src/mock/faults/script.ts";
import { CODES, CommandError, ConfigError, StaleError } from "../../../../src/shared/errors.ts";
import { message } from "../../../../src/shared/messages/message.ts";
import { assertFresh } from "../../../../src/store/read/freshness.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";

const zh = await loadLanguage("zh");

/** Words of English that no name, state, command or format explains. */
function englishIn(text: string, names: RegExp): string[] {
  return text.replaceAll(names, "").match(/[A-Za-z]{2,}/g) ?? [];
}

Deno.test("what is wrong with a fault of the simulated exchange is said in Chinese", () => {
  const lists = [
    ...["nope", "drop", "gap", "refuse", "refuse=tickers@x", "garbage=7", "late-ack=x", "no-ack=maybe"],
    ...["no-snapshot=maybe", "silent=nowhere", "trade=x", "event=x", "rest-error=x", "rest-short=x"],
    ...["rest-empty=a b", "repeat-events=x"],
  ];
  for (const list of lists) {
    let said = "";
    try {
      new Script(Math.random).load(list);
    } catch (error) {
      said = String((error as Error).message);
    }
    if (said === "") {
      assert.equal(list, "silent=nowhere");
      continue;
    }
    const chinese = zh.sentence(said);
    assert.notEqual(chinese, said, list);
    // Behind the colon or in brackets stand names, which are the same in every language.
    assert.deepEqual(
      englishIn(chinese.replace(/（已知.*|：[^：]*$/s, ""), /[a-z]+(-[a-z]+)+|\S+\/\S+|20s|on|off/g)
        .filter((word) => !list.includes(word)),
      [],
      chinese,
    );
  }
});

Deno.test("why data is not fresh is said in Chinese, with the state in its own word", () => {
  const record: SubRecord = {
    ...{ state: "stale", since: 1_700_000_000_000, rows: 1, receivedAt: 1_700_000_000_000, exchangeAt: 0 },
    error: null,
  } as unknown as SubRecord;
  let said: unknown;
  try {
    const path = "tickers:A-B";
    assertFresh(path, [{ path, record }], {}, { maxAgeMs: 1, now: 1_700_000_005_000 });
  } catch (error) {
    said = error;
  }
  assert.ok(said instanceof StaleError);
  const chinese = zh.error(said);
  assert.deepEqual(englishIn(chinese, /tickers:A-B|stale|T\d\d:[\d:.]+Z/g), [], chinese);
  assert.match(chinese, /stale，自 2023-11-14T22:13:20.000Z 起/);
});

Deno.test("why a reload changed nothing is said in Chinese, place by place", () => {
  const parsed = parseConfig({
    settings: { HTTP: "x", MAX_ROW: 0 },
    servers: [{ name: "a b" }, { name: "c", endpoint: "ws://h", protocl: "v3" }],
    subscribes: [{ server: "c", channels: ["tickrs:X"] }],
  });
  assert.ok("issues" in parsed);
  const issues = parsed.issues.map((issue, i) => ({ ...issue, line: i + 1, column: 3 }));
  const { message: reason } = new ConfigError("okws.yaml", issues);
  const over = new CommandError(CODES.unreadable, message("command.nothing_changed", { reason }).english);
  const lines = explain(over, zh).message.split("\n");
  assert.ok(lines.length >= 5, lines.join("\n"));
  for (const line of lines) {
    const names =
      /okws(\.yaml:\d+:\d+)?: |(servers|settings|subscribes)\S*: |HOST:PORT|off|tick(?:rs|ers)|protocol|v3|okx/g;
    assert.match(line, /\p{Script=Han}/u, line);
    assert.deepEqual(englishIn(line, names), [], line);
  }
});

Deno.test("why a connection was lost is said in Chinese", () => {
  const table = [
    [message("connection.closed", { code: 1000 }).english, "已关闭，代码 1000"],
    [
      message("connection.closed_because", { code: 4004, reason: message("connection.no_data") }).english,
      "已关闭，代码 4004：30 秒内没有收到数据",
    ],
    [
      message("connection.closed_because", { code: 1001, reason: "going away" }).english,
      "已关闭，代码 1001：going away",
    ],
    ["no answer to a ping within 10000 ms", "10000 毫秒内没有回答 ping"],
    [
      "no answer within 200 ms from h (1.2.3.4), by IPv4 alone",
      "h (1.2.3.4) 在 200 毫秒内没有回答（只用 IPv4）",
    ],
    ["connect ECONNREFUSED 127.0.0.1:1", "connect ECONNREFUSED 127.0.0.1:1"],
  ];
  for (const [english = "", chinese] of table) assert.equal(zh.sentence(english), chinese);
});

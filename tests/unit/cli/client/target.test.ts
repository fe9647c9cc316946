import assert from "node:assert/strict";
import { findTarget, splitWords } from "../../../../src/cli/client/target.ts";

Deno.test("splitWords() tells a server from a path", () => {
  const table: [string[], string | undefined, string[]][] = [
    [["test", "tickers:A-B"], "test", ["tickers:A-B"]],
    [["test", "account"], "test", ["account"]],
    [["tickers:A-B"], undefined, ["tickers:A-B"]],
    [["tickers:A-B", "trades:A-B"], undefined, ["tickers:A-B", "trades:A-B"]],
    [["spot/ticker", "instrument_id=A-B"], undefined, ["spot/ticker", "instrument_id=A-B"]],
    [['{"channel":"x"}', "y"], undefined, ['{"channel":"x"}', "y"]],
    [["account"], undefined, ["account"]],
    [["account", "ccy=USDT"], undefined, ["account", "ccy=USDT"]],
    [["test", "account", "ccy=USDT"], "test", ["account", "ccy=USDT"]],
  ];
  for (const [words, name, rest] of table) {
    assert.deepEqual(splitWords(words), { name, rest }, words.join(" "));
  }
});

Deno.test("findTarget() takes the one server that is open, and asks which where it cannot know", async () => {
  const open = (...names: string[]) => ({ servers: () => Promise.resolve(names) });
  const find = (words: string[], ...names: string[]) => findTarget(words, open(...names));
  assert.deepEqual(await find(["tickers:A"], "one"), { name: "one", rest: ["tickers:A"] });
  assert.deepEqual(await find(["other", "tickers:A"], "one"), { name: "other", rest: ["tickers:A"] });
  await assert.rejects(find(["tickers:A"], "one", "two"), /one, two.*one tickers:A/);
  await assert.rejects(find(["tickers:A"]), /no server is open/);
  await assert.rejects(find(["one"], "one"), /one is a server/);
});

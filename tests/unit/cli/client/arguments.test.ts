import assert from "node:assert/strict";
import { parsePath, parsePathOrArg } from "../../../../src/cli/client/arguments.ts";
import { explain, UsageError } from "../../../../src/cli/exit.ts";

Deno.test("parsePath() takes a path, and an argument object as the path that it is", () => {
  assert.equal(parsePath("tickers:BTC-USDT"), "tickers:BTC-USDT");
  assert.equal(parsePath('{"instId":"BTC-USDT","channel":"tickers"}'), "tickers:BTC-USDT");
  // What a filter completes is no path yet.
  assert.equal(parsePath('{"channel":"tickers"}'), "tickers");
});

Deno.test("an object that can be no argument is a wrong use, not a fault of okws", async (t) => {
  const objects: readonly (readonly [string, RegExp])[] = [
    ['{"channel":5}', /^okws: An argument object needs a channel: \{channel\}$/],
    ['{"channel":"tickers","instId":5}', /^okws: The member "instId" must be a text: \{channel, instId\}$/],
    ['{"channel":"tickers","instId":null}', /^okws: The member "instId" must be a text/],
    ['{"channel":"tickers","inst Id":"A"}', /^okws: A member's name has letters only: "inst Id"$/],
    ['{"channel":"tickers","instId":"\\u0007"}', /^okws: A member has control characters/],
    ['{"channel":"tickers"', /is an argument object|argument object/],
  ];
  for (const [text, expected] of objects) {
    await t.step(text, () => {
      assert.throws(() => parsePath(text), (error) => {
        assert.ok(error instanceof UsageError, String(error));
        const { code, message } = explain(error);
        assert.equal(code, 2);
        assert.match(message, expected);
        return true;
      });
    });
  }
});

Deno.test("parsePathOrArg() leaves to the service what an argument object may have", () => {
  assert.deepEqual(parsePathOrArg('{"channel":"tickers","instId":5}'), { channel: "tickers", instId: 5 });
});

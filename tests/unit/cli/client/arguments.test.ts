/** Paths, argument objects and times on the command line. */
import assert from "node:assert/strict";
import {
  assertOpenable,
  parsePath,
  parsePathOrArg,
  parsePaths,
  parseSince,
  usageOf,
} from "../../../../src/cli/client/arguments.ts";
import { CODES, CommandError } from "../../../../src/shared/errors.ts";
import { explain, UsageError } from "../../../../src/cli/shared/exit.ts";

/** Any moment. */
const NOW = Date.parse("2026-11-22T12:00:00Z");

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

Deno.test("parseSince() takes durations, times and milliseconds", async (t) => {
  const table: [string, number][] = [
    ["15m", NOW - 900_000],
    ["1h30m", NOW - 5_400_000],
    ["2d", NOW - 172_800_000],
    ["1w", NOW - 604_800_000],
    ["500ms", NOW - 500],
    ["2026-11-22", Date.UTC(2026, 10, 22)],
    ["2026-11-22T08:00Z", Date.UTC(2026, 10, 22, 8)],
    ["2026-11-22T08:00:00+08:00", Date.UTC(2026, 10, 22)],
    ["1795300000000", 1795300000000],
  ];
  for (const [text, ms] of table) await t.step(text, () => assert.equal(parseSince(text, NOW), ms));
  for (const text of ["", "15", "15x", "m", "-5m", "yesterday", "2026-13-40", "1795300000"]) {
    await t.step(`not ${text}`, () => assert.throws(() => parseSince(text, NOW), UsageError));
  }
});

/** What is thrown, with its exit code. */
function faultOf(work: () => unknown): { code: number; message: string } | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return explain(error);
  }
}

Deno.test("what nobody has to be asked for to be wrong is wrong usage", () => {
  const mistakes: [RegExp, () => unknown][] = [
    [/did you mean tickers\?/, () => parsePaths(["tickrs:BTC-USDT"])],
    [/did you mean tickers\?/, () => parsePaths(["tickers:BTC-USDT", "tickrs:X"])],
    [/has 1 to 64 letters/, () => assertOpenable("a b", {})],
    [/missing: secret, password/, () => assertOpenable("a", { apiKey: "k" })],
    [/missing: apiKey/, () => assertOpenable("a", { apiKey: "", secret: "s", password: "p" })],
  ];
  for (const [expected, work] of mistakes) {
    const found = faultOf(work);
    assert.equal(found?.code, 2, found?.message);
    assert.match(found?.message ?? "", expected);
  }
  assertOpenable("a", {});
  assertOpenable("a", { apiKey: "k", secret: "s", password: "p" });
  assert.deepEqual(parsePaths(["spot/ticker:X-Y"]), ["spot/ticker:X-Y"]);
  const refused = new CommandError(CODES.noServer, "There is no server a");
  assert.equal(usageOf(refused), refused);
  assert.equal(explain(usageOf(new CommandError(CODES.unknownPath, "no such channel")) as Error).code, 2);
});

/** Which server a command means that names none. */
import assert from "node:assert/strict";
import { CommandError, NoServiceError } from "../../../../src/shared/errors.ts";
import { assertOpen, findStored, findTarget, splitArguments } from "../../../../src/cli/client/target.ts";

Deno.test("splitArguments() separates a server from paths", () => {
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
    assert.deepEqual(splitArguments(words), { name, rest }, words.join(" "));
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

Deno.test("findStored() needs no service where Redis knows exactly one server", async () => {
  const gone = new NoServiceError("nobody");
  const find = (stored: Promise<string[]>, servers: Promise<string[]>) => {
    stored.catch(() => {});
    servers.catch(() => {});
    return findStored(["tickers:A"], { servers: () => servers, storedServers: () => stored });
  };
  const away = Promise.reject(gone);
  assert.equal((await find(Promise.resolve(["kept"]), away)).name, "kept");
  assert.equal((await find(Promise.resolve(["kept"]), Promise.resolve(["open"]))).name, "open");
  for (
    const stored of [Promise.resolve([]), Promise.resolve(["a", "b"]), Promise.reject(new Error("NOPERM"))]
  ) {
    await assert.rejects(find(stored as Promise<string[]>, away), gone);
  }
});

Deno.test("assertOpen() rejects where a service runs that has no such server, and only there", async () => {
  const client = (more: Partial<Parameters<typeof assertOpen>[1]> = {}) => ({
    serverStatus: () => Promise.resolve(undefined),
    isServed: () => Promise.resolve(true),
    servers: () => Promise.resolve(["one", "two"]),
    ...more,
  });
  await assert.rejects(
    assertOpen("nope", client()),
    (error) => error instanceof CommandError && /no server nope, open are: one, two/.test(error.message),
  );
  await assert.rejects(assertOpen("nope", client({ servers: () => Promise.resolve([]) })), /none is open/);
  await assertOpen("two", client());
  const unasked = () => Promise.reject(new Error("was asked"));
  await assertOpen("nope", client({ serverStatus: () => Promise.resolve("ON_DATA"), servers: unasked }));
  await assertOpen("nope", client({ isServed: () => Promise.resolve(false), servers: unasked }));
  // Who may only read cannot ask.
  await assertOpen("nope", client({ isServed: () => Promise.reject(new Error("NOPERM")) }));
  await assertOpen("nope", client({ servers: () => Promise.reject(new Error("NOPERM")) }));
});

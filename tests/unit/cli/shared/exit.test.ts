/** Exit codes, and the words for each condition. */
import assert from "node:assert/strict";
import { CommanderError } from "@commander-js/extra-typings";
import { EXIT, explain, UsageError } from "../../../../src/cli/shared/exit.ts";
import {
  CODES,
  CommandError,
  ConfigError,
  ExchangeError,
  NoServiceError,
  StaleError,
  StoreError,
} from "../../../../src/shared/errors.ts";

Deno.test("EXIT has the documented codes", () => {
  assert.deepEqual({ ...EXIT }, { done: 0, failed: 1, usage: 2, noService: 3, noRedis: 4, stale: 5 });
});

Deno.test("explain() gives each condition its exit code and its own words", async (t) => {
  const table: [Error, number][] = [
    [new CommandError(CODES.exchangeRefused, "the exchange refused"), 1],
    [new ExchangeError("60018", "no such channel"), 1],
    [new UsageError("wrong use"), 2],
    [new ConfigError("okws.yaml", [{ path: "servers[0]", message: "is wrong", line: 3, column: 5 }]), 2],
    [new NoServiceError("nobody is listening"), 3],
    [new StoreError("Redis is away"), 4],
    [new StaleError("old", 9000), 5],
  ];
  for (const [error, code] of table) {
    await t.step(
      error.name,
      () => assert.deepEqual(explain(error), { code, message: `okws: ${error.message}` }),
    );
  }
});

Deno.test("explain() says where nothing listens at the default address that okws serve brings a store of its own", () => {
  const said = (url: string, address = "127.0.0.1:6379") =>
    explain(
      new StoreError(
        `Cannot reach Redis at ${url}: connect ECONNREFUSED ${address} (is redis-server running?)`,
      ),
    )
      .message;
  for (const url of ["redis://127.0.0.1:6379", "redis://localhost:6379", "redis://[::1]:6379/3"]) {
    assert.match(said(url), /\nokws: .*okws serve brings a store of its own$/, url);
  }
  const others = ["redis://127.0.0.1:6390", "redis://10.0.0.1:6379", "redis+cluster://127.0.0.1:6379"];
  for (const url of [...others, "redis+sentinel://127.0.0.1:6379/master", "rediss://127.0.0.1:6379"]) {
    assert.doesNotMatch(said(url), /okws serve/, url);
  }
});

Deno.test("explain() distinguishes a Redis that refuses from one that does not answer", () => {
  const codeOf = (message: string) => {
    const cause = Object.assign(new Error(message), { name: "ReplyError" });
    return explain(new StoreError(`Redis: ${message}`, { cause })).code;
  };
  for (
    const word of ["NOPERM this user", "WRONGPASS invalid", "NOAUTH Authentication", "WRONGTYPE Operation"]
  ) {
    assert.equal(codeOf(word), 1, word);
  }
  for (const word of ["LOADING Redis is loading", "CLUSTERDOWN The cluster", "BUSY Redis is busy"]) {
    assert.equal(codeOf(word), 4, word);
  }
  assert.equal(explain(new StoreError("away", { cause: new Error("ECONNREFUSED") })).code, 4);
});

Deno.test("explain() marks every line of a configuration with several faults", () => {
  const issues = [{ path: "a", message: "x" }, { path: "b", message: "y" }];
  assert.deepEqual(explain(new ConfigError("f.yaml", issues)).message.split("\n"), [
    "okws: f.yaml: a: x",
    "okws: f.yaml: b: y",
  ]);
});

Deno.test("explain() lets the option parser's own message stand, and help is no failure", () => {
  assert.deepEqual(explain(new CommanderError(1, "commander.unknownOption", "x")), { code: 2, message: "" });
  assert.deepEqual(explain(new CommanderError(0, "commander.helpDisplayed", "x")), { code: 0, message: "" });
});

Deno.test("explain() keeps the stack of a fault of our own", () => {
  const { code, message } = explain(new TypeError("oops"));
  assert.equal(code, 1);
  assert.match(message, /^okws: a fault of okws itself, please report it: TypeError: oops\n\s+at /);
  assert.match(explain("text").message, /text$/);
});

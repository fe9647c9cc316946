/** What a command may say, and what its sender gets otherwise. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Command, done, MAX_COMMAND, parseCommand, refused } from "../../../src/control/command.ts";
import { OPS } from "../../../src/shared/ops.ts";
import { CODES, CommandError } from "../../../src/shared/errors.ts";

function command(value: unknown): Command {
  const parsed = parseCommand(typeof value === "string" ? value : JSON.stringify(value));
  assert.ok(!("error" in parsed), "error" in parsed ? parsed.error.message : "");
  return parsed as Command;
}

function fault(value: unknown): { id: string; message: string } {
  const parsed = parseCommand(typeof value === "string" ? value : JSON.stringify(value));
  assert.ok("error" in parsed, `taken: ${JSON.stringify(parsed)}`);
  assert.equal(parsed.error.errorCode, CODES.unreadable);
  return { id: parsed.id, message: parsed.error.message };
}

Deno.test("parseCommand() reads every op", async (t) => {
  for (const op of OPS) {
    await t.step(op, () => {
      const { id, name, args, wait } = command({ id: 7, op, name: "test", args: ["tickers:A"] });
      assert.deepEqual({ id, name, args, wait }, { id: "7", name: "test", args: ["tickers:A"], wait: false });
    });
  }
});

Deno.test("parseCommand() needs no name and no args where an op has none", () => {
  for (const op of ["servers", "status", "quit_server"]) {
    const { name, args } = command({ id: 1, op });
    assert.deepEqual([name, args], [undefined, undefined]);
  }
});

Deno.test("parseCommand() keeps an id as its own text", async (t) => {
  const table = [
    ['{"id":140234866204672,"op":"servers"}', "140234866204672"],
    ['{"id":9007199254740993,"op":"servers"}', "9007199254740993"],
    ['{"id":18446744073709551615,"op":"servers"}', "18446744073709551615"],
    ['{"id":-9007199254740993,"op":"servers"}', "-9007199254740993"],
    ['{"id":0,"op":"servers"}', "0"],
    ['{"id":"a-7/ü","op":"servers"}', "a-7/ü"],
    ['{"id":null,"op":"servers"}', ""],
    ['{"op":"servers"}', ""],
  ] as const;
  for (const [text, id] of table) await t.step(text, () => assert.equal(command(text).id, id));
});

Deno.test("parseCommand() refuses an id that cannot be part of a key", () => {
  for (const id of ["", " ", "a b", "a\nb", "\u0000", "x".repeat(129), true, {}, [], ["1"]]) {
    assert.equal(fault({ id, op: "servers" }).id, "", JSON.stringify(id));
  }
  fault('{"id":1e999,"op":"servers"}');
});

Deno.test("parseCommand() answers the sender of a readable id with what is wrong", async (t) => {
  const table: [string, Record<string, unknown>, RegExp][] = [
    ["an unknown op", { op: "subscibe" }, /one of open, close, subscribe/],
    ["no op", {}, /one of open/],
    ["an op that is no text", { op: ["open"] }, /one of open/],
    ["an inherited op", { op: "constructor" }, /one of open/],
    ["no name for open", { op: "open" }, /open needs the name of a server/],
    ["no name for subscribe", { op: "subscribe", args: ["tickers:A"] }, /subscribe needs the name/],
    ["no name for close", { op: "close" }, /close needs the name/],
    ["no name for unsubscribe", { op: "unsubscribe" }, /unsubscribe needs the name/],
    ["a name with a slash", { op: "open", name: "a/b" }, /1 to 64 letters/],
    ["a name with a star", { op: "status", name: "*" }, /1 to 64 letters/],
    ["a name with a space", { op: "open", name: "a b" }, /1 to 64 letters/],
    ["an empty name", { op: "open", name: "" }, /1 to 64 letters/],
    ["a long name", { op: "open", name: "x".repeat(65) }, /1 to 64 letters/],
    ["a name with a line break", { op: "open", name: "a\n" }, /1 to 64 letters/],
    ["a name that is no text", { op: "open", name: 7 }, /1 to 64 letters/],
  ];
  for (const [title, fields, message] of table) {
    await t.step(title, () => {
      const found = fault({ id: "q1", ...fields });
      assert.equal(found.id, "q1");
      assert.match(found.message, message);
    });
  }
});

Deno.test("parseCommand() takes every name that the configuration takes", () => {
  for (const name of ["test", "a", "A.b-c_9", "x".repeat(64)]) {
    assert.equal(command({ id: 1, op: "close", name }).name, name);
  }
});

Deno.test("parseCommand() refuses what is no JSON object", () => {
  for (const text of ["", "subscribe", "{", "null", "7", '"open"', "[]", '[{"op":"servers"}]']) fault(text);
});

Deno.test("parseCommand() refuses a command above its size and takes one of it", () => {
  const start = '{"id":1,"op":"servers","args":"';
  const text = `${start}${"x".repeat(MAX_COMMAND - start.length - 2)}"}`;
  assert.equal(text.length, MAX_COMMAND);
  command(text);
  assert.match(fault(`${text} `).message, /at most/);
});

Deno.test("parseCommand() waits only when asked to, and never for ever", () => {
  const timeoutOf = (timeoutMs: unknown) => command({ id: 1, op: "servers", timeoutMs }).timeoutMs;
  assert.equal(command({ id: 1, op: "servers", wait: true }).wait, true);
  assert.equal(command({ id: 1, op: "servers", wait: null }).wait, false);
  for (const wait of [1, "true", "yes", {}]) {
    assert.match(fault(JSON.stringify({ id: 1, op: "servers", wait })).message, /wait .* true or false/);
  }
  for (const known of [2500, 1, 120_000]) assert.equal(timeoutOf(known), known);
  for (const none of [undefined, null]) assert.equal(timeoutOf(none), 10_000);
  for (const timeoutMs of [0, -1, "5000", 120_001, 1e12]) {
    const { message } = fault(JSON.stringify({ id: 1, op: "servers", timeoutMs }));
    assert.match(message, /timeoutMs .* from 1 to 120000/);
  }
});

Deno.test("parseCommand() never throws and never echoes what it could not read", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    const parsed = parseCommand(text);
    if ("error" in parsed) assert.ok(parsed.error.message.length > 0);
  }));
  const secret = "22582BD0CFF14C41EDBF1AB98506286D";
  for (
    const text of [
      `{"secret":"${secret}"`,
      `{"id":1,"op":"${secret}"}`,
      `{"id":1,"op":"open","name":"${secret} "}`,
    ]
  ) {
    assert.ok(!fault(text).message.includes(secret));
  }
});

Deno.test("done() and refused() have the documented shape", () => {
  assert.deepEqual(done(["test"]), { event: "info", message: ["test"], errorCode: 80000 });
  assert.deepEqual(refused(new CommandError(CODES.noServer, "There is no server x")), {
    event: "error",
    message: "There is no server x",
    errorCode: 80011,
  });
});

Deno.test("the reply codes are the documented ones", () => {
  assert.deepEqual({ ...CODES }, {
    done: 80000,
    openAlready: 80001,
    unreadable: 80010,
    noServer: 80011,
    exchangeRefused: 80012,
    unknownPath: 80013,
    notAllowed: 80014,
  });
});

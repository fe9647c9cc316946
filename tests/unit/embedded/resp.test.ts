/** RESP of the embedded store, in pieces of every size and both versions. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { encodeReply, type InputLimits, RequestParser, type RespValue } from "../../../src/embedded/resp.ts";

type Request = NonNullable<ReturnType<RequestParser["next"]>>;

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

function request(words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

function parseAll(parser: RequestParser, pieces: Uint8Array[]): Request[] {
  const found: Request[] = [];
  for (const piece of pieces) {
    parser.feed(piece);
    for (let next = parser.next(); next !== undefined; next = parser.next()) {
      found.push(next);
      if (!Array.isArray(next)) return found;
    }
  }
  return found;
}

function parse(text: string, limits: InputLimits = {}): Request[] {
  return parseAll(new RequestParser(limits), [bytes(text)]);
}

function faultOf(text: string, limits: InputLimits = {}): string {
  const last = parse(text, limits).at(-1);
  return last === undefined || Array.isArray(last) || last.kind !== "fault" ? "no fault" : last.text;
}

Deno.test("RequestParser reads commands split at every byte", () => {
  const commands = [["SET", "key", "va\r\nlue"], ["PING"], ["ECHO", ""], ["GET", "\xff\0"]];
  const whole = bytes(commands.map(request).join("") + "inline  'a b'\r\n");
  for (let at = 0; at <= whole.length; at++) {
    const found = parseAll(new RequestParser(), [whole.subarray(0, at), whole.subarray(at)]);
    assert.deepEqual(found, [...commands, ["inline", "a b"]], `split at ${at}`);
  }
});

Deno.test("RequestParser gives back any words, whatever the pieces they come in", () => {
  const word = fc.array(fc.nat(255), { maxLength: 40 }).map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(
      fc.array(fc.array(word, { minLength: 1, maxLength: 6 })),
      fc.array(fc.nat(60)),
      (commands, cuts) => {
        const whole = bytes(commands.map(request).join(""));
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const cut of cuts) pieces.push(whole.subarray(at, at += cut));
        pieces.push(whole.subarray(at));
        assert.deepEqual(parseAll(new RequestParser(), pieces), commands);
      },
    ),
    { seed: 1 },
  );
});

Deno.test("RequestParser reads a request larger than its buffer in small pieces", () => {
  const big = "x".repeat(3_000_000);
  const whole = bytes(request(["SET", "big", big]) + request(["PING"]));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += 50_000) pieces.push(whole.subarray(at, at + 50_000));
  assert.deepEqual(parseAll(new RequestParser(), pieces), [["SET", "big", big], ["PING"]]);
});

Deno.test("RequestParser keeps no slice of its buffer in a word", () => {
  const parser = new RequestParser();
  parser.feed(bytes(request(["first value, long enough"])));
  const first = parser.next();
  parser.feed(bytes(request(["other value, quite as long"])));
  assert.deepEqual(first, ["first value, long enough"]);
});

Deno.test("RequestParser reads inline commands with quotes and escapes", () => {
  assert.deepEqual(parse("set a \"x\\n\\x41\\\"\" 'it\\'s'\n"), [["set", "a", 'x\nA"', "it's"]]);
  assert.deepEqual(parse("\r\n  \r\nPING\r\n"), [["PING"]]);
  assert.deepEqual(parse('a ""\r\n'), [["a", ""]]);
});

Deno.test("RequestParser skips empty and null multibulks", () => {
  assert.deepEqual(parse("*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n"), [["PING"]]);
});

Deno.test("RequestParser refuses what breaks the protocol in Redis' words", async (t) => {
  const rows: [string, string, InputLimits?][] = [
    ["*x\r\n", "ERR Protocol error: invalid multibulk length"],
    ["*2147483648\r\n", "ERR Protocol error: invalid multibulk length"],
    ["*11\r\n", "ERR Protocol error: invalid multibulk length", { maxArguments: 10 }],
    ["*1\r\nPING\r\n", "ERR Protocol error: expected '$', got 'P'"],
    ["*1\r\n$-1\r\n", "ERR Protocol error: invalid bulk length"],
    ["*1\r\n$01\r\nx\r\n", "ERR Protocol error: invalid bulk length"],
    ["*1\r\n$101\r\n", "ERR Protocol error: invalid bulk length", { maxRequestBytes: 100 }],
    ["*3\r\n$40\r\n" + "x".repeat(40) + "\r\n$60\r\n", "ERR Protocol error: invalid bulk length", {
      maxRequestBytes: 100,
    }],
    ["set 'a\r\n", "ERR Protocol error: unbalanced quotes in request"],
    ["set 'a'b\r\n", "ERR Protocol error: unbalanced quotes in request"],
    ["x".repeat(70_000), "ERR Protocol error: too big inline request"],
    ["*" + "1".repeat(70_000), "ERR Protocol error: too big mbulk count string"],
    ["*1\r\n$" + "1".repeat(70_000), "ERR Protocol error: too big bulk count string"],
  ];
  for (const [text, words, limits] of rows) {
    await t.step(`${text.slice(0, 20).trim()} (${words})`, () => assert.equal(faultOf(text, limits), words));
  }
});

Deno.test("RequestParser takes only small requests before login", () => {
  const parser = new RequestParser();
  parser.trusted = false;
  assert.deepEqual(parseAll(parser, [bytes(request(["AUTH", "x"]) + "*11\r\n")]), [
    ["AUTH", "x"],
    { kind: "fault", text: "ERR Protocol error: unauthenticated multibulk length" },
  ]);
});

Deno.test("encodeReply writes every kind of reply in both protocols", async (t) => {
  const rows: [string, RespValue, string, string][] = [
    ["bulk", "a\r\n\xff", "$4\r\na\r\n\xff\r\n", "$4\r\na\r\n\xff\r\n"],
    ["integer", -7, ":-7\r\n", ":-7\r\n"],
    ["large integer", 2n ** 63n - 1n, ":9223372036854775807\r\n", ":9223372036854775807\r\n"],
    ["null", null, "$-1\r\n", "_\r\n"],
    ["null array", { kind: "nullArray" }, "*-1\r\n", "_\r\n"],
    ["status", { kind: "status", text: "OK" }, "+OK\r\n", "+OK\r\n"],
    ["error", { kind: "error", text: "ERR a\r\nb" }, "-ERR a  b\r\n", "-ERR a  b\r\n"],
    ["double", { kind: "double", value: "1.5" }, "$3\r\n1.5\r\n", ",1.5\r\n"],
    ["array", ["a", [1, null]], "*2\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n", "*2\r\n$1\r\na\r\n*2\r\n:1\r\n_\r\n"],
    ["map", { kind: "map", items: ["k", 1] }, "*2\r\n$1\r\nk\r\n:1\r\n", "%1\r\n$1\r\nk\r\n:1\r\n"],
    ["set", { kind: "set", items: [1] }, "*1\r\n:1\r\n", "~1\r\n:1\r\n"],
    ["push", { kind: "push", items: [1] }, "*1\r\n:1\r\n", ">1\r\n:1\r\n"],
    ["verbatim", { kind: "verbatim", text: "x" }, "$1\r\nx\r\n", "=5\r\ntxt:x\r\n"],
    ["sequence", { kind: "sequence", items: [1, 2] }, ":1\r\n:2\r\n", ":1\r\n:2\r\n"],
  ];
  for (const [name, reply, two, three] of rows) {
    await t.step(name, () => assert.deepEqual([encodeReply(reply, 2), encodeReply(reply, 3)], [two, three]));
  }
});

/** Requests to the embedded store that are no Redis commands but HTTP or another protocol. */
import assert from "node:assert/strict";
import { isForeignLine, isForeignName } from "../../../src/embedded/foreign.ts";
import { RequestParser } from "../../../src/embedded/resp.ts";

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

Deno.test("isForeignLine() knows request lines of HTTP, whatever the method, and binary starts of other protocols", () => {
  const foreign = [
    "GET / HTTP/1.1",
    "POST / HTTP/1.1",
    "put /okex/servers HTTP/1.0",
    "OPTIONS * HTTP/1.1",
    "PRI * HTTP/2.0",
    "BREW http://127.0.0.1:6379/x HTTP/1.1",
    "CONNECT 127.0.0.1:6379 HTTP/1.1",
    "  get /a b http/1.1  ",
    "POST",
    "post x",
    "Host: 127.0.0.1",
    "host:127.0.0.1",
    " HOST: x",
    "\x16\x03\x01\x02\x00\x01\x00",
    "\x00\x03\x00\x50\x21\x12\xa4\x42",
  ];
  for (const line of foreign) assert.ok(isForeignLine(line), JSON.stringify(line));
});

Deno.test("isForeignLine() leaves commands alone", () => {
  const commands = [
    "",
    "PING",
    "GET post",
    "SET host: 1",
    "SET a HTTP/1.1x",
    "postpone",
    "hosts:",
    "  set a 'b c'",
    "\tPING",
    "set é 1",
  ];
  for (const line of commands) assert.ok(!isForeignLine(line), JSON.stringify(line));
  for (const name of ["set", "postpone", "hosts:", "host"]) assert.ok(!isForeignName(name), name);
});

Deno.test("RequestParser ends at a foreign request, in either form and however it is cut", () => {
  const rows: [string, unknown[]][] = [
    ["POST / HTTP/1.1\r\nSET a 1\r\n", []],
    ["SET a 1\r\nHost: x\r\nSET b 1\r\n", [["SET", "a", "1"]]],
    ['"POST" x\r\nSET a 1\r\n', []],
    ["*1\r\n$4\r\npOsT\r\nSET a 1\r\n", []],
    ["*2\r\n$5\r\nHost:\r\n$1\r\nx\r\nSET a 1\r\n", []],
    ["GET /'\" HTTP/1.1\r\nSET a 1\r\n", []],
  ];
  for (const [text, before] of rows) {
    for (let at = 0; at < text.length; at++) {
      const parser = new RequestParser();
      const found: unknown[] = [];
      for (const piece of [text.slice(0, at), text.slice(at)]) {
        parser.feed(bytes(piece));
        for (let request = parser.next(); request !== undefined; request = parser.next()) {
          found.push(request);
          if (!Array.isArray(request)) break;
        }
        if (!Array.isArray(found.at(-1) ?? [])) break;
      }
      assert.deepEqual(found, [...before, { kind: "foreign" }], JSON.stringify(text));
    }
  }
});

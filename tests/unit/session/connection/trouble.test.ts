/** Why there is no connection: one code for each kind, in the words of either runtime, and no words of the runtime before it. */
import assert from "node:assert/strict";
import { SilentError } from "../../../../src/session/connection/socket.ts";
import { dialReason, dialTrouble, lossTrouble } from "../../../../src/session/connection/trouble.ts";

const URL_OF = "wss://ws.okx.com/ws/v5/public";
const SAID = "NetworkError: failed to connect to WebSocket: ";

Deno.test("what fails of a dial has a code", () => {
  const cases: readonly (readonly [string, string])[] = [
    [`${SAID}dns error`, "dns"],
    [`${SAID}failed to lookup address information: Name or service not known`, "dns"],
    [`${SAID}tcp connect error`, "connect"],
    [`${SAID}Connection refused (os error 111)`, "connect"],
    [`${SAID}Network is unreachable (os error 101)`, "connect"],
    [`${SAID}received corrupt message of type InvalidContentType`, "tls"],
    [`${SAID}invalid peer certificate: Expired`, "tls"],
    [`${SAID}Invalid status code: 503`, "handshake"],
    [`${SAID}invalid HTTP version parsed`, "handshake"],
    ["closed with code 1006: the connection broke", "connect"],
  ];
  for (const [logged, code] of cases) {
    const trouble = dialTrouble(URL_OF, new Error(logged), dialReason(logged));
    assert.equal(trouble.code, code, logged);
    assert.match(trouble.message, /ws\.okx\.com/);
    assert.doesNotMatch(trouble.message, /NetworkError|connect to WebSocket|os error/);
  }
  const call =
    "error sending request for url (https://x.okx.com/api): client error (Connect): dns error: Name unknown";
  assert.equal(dialReason(call), "dns error: Name unknown");
  const silent = new SilentError("no answer within 10000 ms from ws.okx.com", []);
  assert.equal(dialTrouble(URL_OF, silent, silent.message).code, "timeout");
});

Deno.test("a connection that was lost says so, and a login that was refused keeps the exchange's code", () => {
  assert.deepEqual(lossTrouble({ reason: "closed with code 4004", loginCode: undefined }), {
    code: "closed",
    message: "the connection is lost: closed with code 4004",
  });
  assert.deepEqual(lossTrouble({ reason: "login refused with 60024: no", loginCode: "60024" }), {
    code: "60024",
    message: "login refused with 60024: no",
  });
});

/** A host that takes connections and says nothing: the message has the addresses of its name. */
import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { openSocket, SilentError } from "../../src/session/connection/socket.ts";

Deno.test("a dial that is not answered says which addresses the name has", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const held: Deno.Conn[] = [];
  const taking = (async () => {
    for await (const connection of listener) held.push(connection);
  })();
  try {
    const port = (listener.addr as Deno.NetAddr).port;
    const dial = (host: string) =>
      openSocket(`ws://${host}:${port}/ws`, { onMessage: () => {}, onClose: () => {} }, {
        dialMs: 200,
        signal: new AbortController().signal,
      }).then(() => undefined, (error: unknown) => error);
    const [named, numbered] = [await dial("localhost"), await dial("127.0.0.1")];
    assert.ok(named instanceof SilentError && numbered instanceof SilentError);
    assert.match(named.message, /^no answer within 200 ms from localhost \([^)]*127\.0\.0\.1[^)]*\)$/);
    assert.equal(numbered.message, "no answer within 200 ms from 127.0.0.1");
    assert.ok(!numbered.hasBothFamilies);
    assert.ok(new SilentError("", ["::1", "127.0.0.1"]).hasBothFamilies);
  } finally {
    for (const connection of held) connection.close();
    listener.close();
    await taking;
  }
});

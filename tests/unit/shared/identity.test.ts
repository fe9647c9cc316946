/** What a service is recognised by, and how `okws health` reads an answer of HTTP by itself. */
import assert from "node:assert/strict";
import { parseAnswer } from "../../../src/cli/health/direct.ts";
import { serviceId } from "../../../src/shared/identity.ts";

const BASE = { REDIS_URL: "redis://host:6379", KEY_PREFIX: "okex", LISTEN_CHANNEL: "trade-ws" };

Deno.test("serviceId() distinguishes services by what they share with nobody, and by no password", () => {
  const others = [
    { ...BASE, REDIS_URL: "redis://host:6379/1" },
    { ...BASE, REDIS_URL: undefined },
    { ...BASE, KEY_PREFIX: "other" },
    { ...BASE, LISTEN_CHANNEL: "other" },
  ];
  const ids = [BASE, ...others].map(serviceId);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{16}$/);
  assert.equal(serviceId({ ...BASE, REDIS_URL: "redis://user:word@host:6379" }), serviceId(BASE));
});

Deno.test("parseAnswer() reads status, headers and text, and throws for what is no HTTP", () => {
  const { status, headers, text } = parseAnswer(
    "HTTP/1.1 503 Service Unavailable\r\nOkws-Instance: a\r\n\r\nstale\n",
  );
  assert.deepEqual([status, headers.get("okws-instance"), text], [503, "a", "stale\n"]);
  for (const none of ["", "+PONG\r\n", "HTTP/1.1 200 OK\r\n", "SSH-2.0\r\n\r\n"]) {
    assert.throws(() => parseAnswer(none), /does not speak HTTP/, JSON.stringify(none));
  }
});

/** Guessing the password of the pages: slowed down, counted, logged, and no hindrance for users who know it. */
import assert from "node:assert/strict";
import { setupLogging } from "../../src/logging/log.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PASSWORD = "correct horse";

Deno.test("wrong logins over HTTP are slowed down, counted and logged, and the right one still gets in", async () => {
  const lines: string[] = [];
  await setupLogging({ level: "warn", format: "json" }, {
    write(piece) {
      lines.push(new TextDecoder().decode(piece));
      return Promise.resolve(piece.length);
    },
  });
  await using okx = startFakeOkx({});
  await using running = await startService({
    endpoint: okx.url,
    settings: { HTTP: "127.0.0.1:0", HTTP_PASSWORD: PASSWORD },
  });
  const get = async (path: string, password: string) => {
    const headers = { authorization: `Basic ${btoa(`okws:${password}`)}` };
    const response = await fetch(`${running.service.httpUrl}${path}`, { headers });
    return { status: response.status, text: await response.text() };
  };
  for (let i = 0; i < 5; i++) assert.equal((await get("/metrics", `guess ${i}`)).status, 401);
  // What is not limited by the machine: of so many at once, only some are looked at, and none before its wait is over.
  const start = performance.now();
  const guesses = await Promise.all(Array.from({ length: 30 }, (_, i) => get("/readyz", `guess-${i}`)));
  assert.ok(performance.now() - start >= 240);
  const statuses = guesses.map(({ status }) => status);
  assert.ok(statuses.filter((status) => status === 429).length >= 10, statuses.join(" "));
  assert.equal((await get("/livez", "guess")).status, 200);
  const { status, text } = await get("/metrics", PASSWORD);
  assert.equal(status, 200);
  assert.match(text, /^okws_http_login_failures_total 35$/m);
  assert.equal((await get("/metrics", PASSWORD)).status, 200);
  await waitFor("a line of it", () => lines.some((line) => line.includes("Logins over HTTP are refused")));
  const said = lines.filter((line) => line.includes("Logins over HTTP are refused"));
  assert.equal(said.length, 1, "at most one line in ten seconds");
  assert.match(said.join(), /"from":"127\.0\.0\.1"/);
  assert.doesNotMatch(said.join(), /guess/);
});

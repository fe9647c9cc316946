/** A part that breaks by a fault of our own takes the service down in order. */
import assert from "node:assert/strict";
import { serve } from "../../src/app/service.ts";
import { parseConfig } from "../../src/config/schema.ts";
import { DEFAULT_TIMING } from "../../src/session/connection/timing.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

Deno.test("a service whose part breaks has stopped, pages and all, when `done` rejects", async () => {
  await using okx = startFakeOkx();
  const parsed = parseConfig({
    settings: { REDIS_URL: "embedded", HTTP: "127.0.0.1:0" },
    servers: [{ name: "test", endpoint: okx.url }],
    subscribes: [{ server: "test", channels: ["tickers:BTC-USDT"] }],
  });
  if ("issues" in parsed) throw new Error("not a configuration");
  // A connection that has been opened trips over this.
  let isBroken = false;
  const timing = new Proxy(DEFAULT_TIMING, {
    get(target, name, receiver) {
      if (name === "tickMs" && isBroken) throw new Error("broken on purpose");
      return Reflect.get(target, name, receiver);
    },
  });
  const service = await serve(parsed.config, { timing });
  const url = `${service.httpUrl}/livez`;
  assert.equal((await (await fetch(url)).text()).length > 0, true);
  const connection = await waitFor("the connection", () => okx.current("public"));
  await waitFor("it to be used", () => service.view().servers[0]?.connections[0]?.state === "connected");
  isBroken = true;
  connection.drop();
  await withTimeout("the end", assert.rejects(service.done, /broken on purpose/), 60_000);
  await assert.rejects(fetch(url));
  await service.stop();
});

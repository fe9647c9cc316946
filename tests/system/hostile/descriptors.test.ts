/** Clients that take every file descriptor there is: data goes on, and the pages are back when they have gone. */
import assert from "node:assert/strict";
import { startHostileOkx } from "../../support/hostile_okx.ts";
import { testWith } from "../../support/needs.ts";
import { startServiceUnderTest, waitForField } from "../../support/service_under_test.ts";
import { waitFor } from "../../support/wait.ts";

testWith(
  ["Linux"],
  "clients that take every file descriptor end neither the service nor its pages",
  async () => {
    await using okx = startHostileOkx();
    await using service = await startServiceUnderTest({
      endpoint: okx.url,
      channels: ["tickers:BTC-USDT"],
      http: true,
    });
    await waitFor("the exchange", () => okx.socket()?.requests.length);
    let count = 0;
    const flows = async () => {
      const last = `row-${++count}`;
      await okx.push({ channel: "tickers", instId: "BTC-USDT" }, [{
        instId: "BTC-USDT",
        last,
        ts: "1700000000000",
      }]);
      await waitForField(service.redis, "okex/test/tickers:BTC-USDT", ["last", last]);
    };
    await flows();
    const used = (await Array.fromAsync(Deno.readDir(`/proc/${service.program.pid}/fd`))).length + 20;
    const { success } = await new Deno.Command("prlimit", {
      args: ["--pid", String(service.program.pid), `--nofile=${used}:${used}`],
    }).output();
    assert.ok(success);
    const { hostname, port } = new URL(service.httpUrl);
    const taken: Deno.TcpConn[] = [];
    for (let i = 0; i < 100; i++) {
      const socket = await Deno.connect({ hostname, port: Number(port) }).catch(() => undefined);
      if (socket === undefined) continue;
      taken.push(socket);
      await socket.write(new TextEncoder().encode("GET /livez HTTP/1.1\r\n")).catch(() => {});
    }
    await flows();
    for (const socket of taken) socket.close();
    await waitFor("the pages", async () => {
      const response = await fetch(`${service.httpUrl}/livez`, { signal: AbortSignal.timeout(2000) });
      return await response.text() === "ok\n";
    }, { deadlineMs: 30_000, everyMs: 200 });
    await flows();
    assert.ok(service.alive);
  },
);

/** Services that stand by: who of them writes when the one that did ends, and that nothing is lost or doubled by it. */
import assert from "node:assert/strict";
import { type Program, startOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { lateWrites, watchWriters } from "../../support/writers.ts";
import { waitFor } from "../../support/wait.ts";
import { type Mock, startMock, tempFolder } from "./environment.ts";

const DEADLINE = { deadlineMs: 60_000 };

async function start(
  mock: Mock,
  redisUrl: string,
  folder: string,
  { leaseMs = 3000, flags = [] }: { readonly leaseMs?: number; readonly flags?: readonly string[] } = {},
): Promise<Program> {
  const config = {
    settings: { REDIS_URL: redisUrl, HTTP: "off", LOG_FORMAT: "json", LEASE_MS: leaseMs },
    servers: [{ name: "test", endpoint: mock.url }],
    subscribes: [{ server: "test", channels: ["tickers:ETH-USDT", "trades:ETH-USDT", "books:BTC-USDT"] }],
  };
  const file = `${folder}/${crypto.randomUUID()}.yaml`;
  await Deno.writeTextFile(file, JSON.stringify(config));
  return await startOkws(["serve", "-c", file, ...flags]);
}

for (const flags of [["--standby", "cold"]]) {
  redisTest(`${flags.join(" ")}: one that was killed is replaced, and so is that one`, async () => {
    await using folder = await tempFolder();
    await using server = await startRedis();
    await using mock = await startMock();
    await using writers = await watchWriters(server.url);
    await using one = await start(mock, server.url, folder.path);
    await one.waitForLine(/Listening for commands/, DEADLINE);
    await using two = await start(mock, server.url, folder.path, { flags });
    await two.waitForLine(/Standing by/, DEADLINE);
    await using three = await start(mock, server.url, folder.path, { flags });
    await three.waitForLine(/Standing by/, DEADLINE);
    await waitFor("its writes", () => writers.written.length > 100, DEADLINE);
    await one.stop("SIGKILL");
    await waitFor("the others' writes", () => writers.instances().length === 2, DEADLINE);
    const [next, last] = /Holding the lease/.test(two.text()) ? [two, three] : [three, two];
    await next.waitForLine(/Listening for commands/, DEADLINE);
    assert.equal(await next.stop(), 0);
    await waitFor("the last one's writes", () => writers.instances().length === 3, DEADLINE);
    assert.deepEqual(lateWrites(writers.written).slice(0, 5), []);
    assert.equal(await last.stop(), 0);
  });
}

/** What an outage takes in memory is given back, by the executable as it is built. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { type Program, startOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { waitFor } from "../../support/wait.ts";
import { tempFolder } from "./environment.ts";

const INSTRUMENTS = ["BTC-USDT", "ETH-USDT", "SOL-USDT"];
const BACKLOG_BYTES = 24 * 1024 * 1024;

redisTest("the memory that a backlog took is given back when Redis has caught up", async () => {
  await using folder = await tempFolder();
  await using redis = await startRedis();
  await using mock = startOkws(["mock", "--port", "0", "--rate", "500"]);
  const [endpoint] = await mock.waitForLine(/^ws:\/\/127\.0\.0\.1:\d+$/);
  const http = `127.0.0.1:${freePort()}`;
  const config = {
    settings: { REDIS_URL: redis.url, HTTP: http, LOG_LEVEL: "debug", LOG_FORMAT: "json" },
    servers: [{ name: "test", endpoint }],
    subscribes: [{
      server: "test",
      channels: INSTRUMENTS.flatMap((id) => [`trades:${id}`, `trades-all:${id}`, `books:${id}`]),
    }],
  };
  await Deno.writeTextFile(`${folder.path}/okws.yaml`, JSON.stringify(config));
  // The sources are run by a runtime that has to be given what the executable was built with.
  const env = { DENO_V8_FLAGS: "--max-semi-space-size=4,--expose-gc" };
  await using service = startOkws(["serve", "-c", `${folder.path}/okws.yaml`], { env });
  await service.waitForLine(/Listening for commands/);
  const queued = async () => {
    const state = await (await fetch(`http://${http}/api/state`)).json();
    return state.stats.queuedBytes as number;
  };
  redis.pause();
  await waitFor("a backlog", async () => await queued() > BACKLOG_BYTES, { deadlineMs: 90_000 });
  const before = returned(service).length;
  redis.resume();
  const given = await waitFor("memory to be given back", () => returned(service)[before], {
    deadlineMs: 240_000,
  });
  assert.ok(
    given.before - given.after > BACKLOG_BYTES / 1e6 / 2,
    `${given.before} MB before, ${given.after} MB after`,
  );
  assert.equal(await service.stop(), 0);
});

/** What the service logged of memory that it gave back, in megabytes. */
function returned({ stderr }: Program): { before: number; after: number }[] {
  return stderr.filter((line) => line.includes("Gave memory back"))
    .map((line) => JSON.parse(line).properties);
}

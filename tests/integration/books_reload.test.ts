/** A server that is opened again by a reload knows how far its books were; one of another exchange begins. */
import assert from "node:assert/strict";
import { connect } from "../../src/client/client.ts";
import { type Config, parseConfig } from "../../src/config/schema.ts";
import { ConfigError } from "../../src/shared/errors.ts";
import { serve } from "../../src/app/service.ts";
import { type FakeOkx, startFakeOkx } from "../support/fake_okx.ts";
import { QUICK } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATH = "books:X-Y";
const ARG = { channel: "books", instId: "X-Y" };

function row(prevSeqId: number, seqId: number) {
  return { bids: [["1", "1"]], asks: [["2", "1"]], ts: String(1000 * seqId), prevSeqId, seqId };
}

Deno.test("a book of a server that a reload opens again is not live below what it had reached", async () => {
  await using okx = startFakeOkx();
  await using other = startFakeOkx();
  const file = (server: Readonly<Record<string, unknown>>): Config => {
    const parsed = parseConfig({
      settings: { REDIS_URL: "embedded://127.0.0.1:0", HTTP: "off" },
      servers: [{ name: "a", ...server }],
      subscribes: [{ server: "a", channels: [PATH] }],
    });
    if ("issues" in parsed) throw new ConfigError("test.yaml", parsed.issues);
    return parsed.config;
  };
  let next = file({ endpoint: okx.url });
  await using service = await serve(next, { timing: QUICK, load: () => Promise.resolve(next) });
  await using client = await connect({ redisUrl: service.redisUrl });
  const state = () => service.view().servers[0]?.subscriptions.find(({ path }) => path === PATH)?.state;
  const connection = (exchange: FakeOkx, than?: unknown) =>
    waitFor("a connection", () => {
      const current = exchange.current("public");
      return current === than || current?.asked("subscribe").length !== 1 ? undefined : current;
    });
  const first = await connection(okx);
  first.push(ARG, [row(-1, 20)], { action: "snapshot" });
  await waitFor("live", () => state() === "live");

  next = file({ endpoint: okx.url, apiKey: "k", secret: "s", password: "p" });
  assert.deepEqual((await client.reload()).reopened, ["a"]);
  const second = await connection(okx, first);
  second.push(ARG, [row(-1, 15)], { action: "snapshot" });
  second.push(ARG, [row(15, 19)], { action: "update" });
  await waitFor("both", () => service.view().stats.rows === 3);
  assert.equal(state(), "syncing");
  second.push(ARG, [row(19, 20)], { action: "update" });
  await waitFor("live again", () => state() === "live");

  next = file({ endpoint: other.url });
  assert.deepEqual((await client.reload()).reopened, ["a"]);
  (await connection(other)).push(ARG, [row(-1, 3)], { action: "snapshot" });
  await waitFor("live there", () => state() === "live");
});

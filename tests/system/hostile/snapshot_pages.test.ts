/** A snapshot of the account whose last page never comes is none. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const PATH = "positions:ANY";

Deno.test("positions are asked for when the last page of a snapshot does not come", async () => {
  await using okx = startFakeOkx();
  const position = (posId: string) => ({ posId, instType: "SWAP", instId: "X", pos: "2", uTime: "5" });
  okx.rest = ({ pathname }) => pathname.endsWith("/positions") ? [position("1"), position("3")] : [];
  await using run = await startService({
    endpoint: okx.url,
    servers: [{ name: "test", apiKey: "key", secret: "secret", password: "pass" }],
    channels: [PATH],
    timing: { tickMs: 50, lists: { agreeMs: 0, pauseMs: 50, checksMs: [] } },
  });
  const connection = await waitFor("asked", () => {
    const current = okx.current("private");
    return current !== undefined && current.asked("subscribe").length > 0 ? current : undefined;
  });
  const page = (lastPage: boolean, ...ids: string[]) =>
    connection.push({ channel: "positions", instType: "ANY" }, ids.map(position), {
      ...{ eventType: "snapshot", curPage: 1, lastPage },
    });
  const isState = (state: string) => async () => (await run.sub(PATH))?.state === state;
  page(true, "1", "2", "3");
  await waitFor("live", isState("live"));
  page(false, "1");
  await waitFor("syncing", isState("syncing"));
  assert.equal((await run.sub(PATH))?.error?.code, "unreadable");
  await waitFor("live again", isState("live"));
  assert.deepEqual((await run.redis.smembers(`okex/test/${PATH}/open`)).toSorted(), ["1", "3"]);
});

/** The benchmark measures what it says, through TLS too; how much that is, no test asks. */
import assert from "node:assert/strict";
import { measure } from "../../scripts/bench/measure.ts";
import type { Scenario } from "../../scripts/bench/scenario.ts";
import { runChild } from "../support/child.ts";
import { testWith } from "../support/needs.ts";
import { waitFor } from "../support/wait.ts";

const METHOD = { seconds: 0.5, warmUpSeconds: 0.1, instruments: 3, bin: undefined, peers: [] };

testWith(
  ["redis-server", "openssl", "Linux"],
  "the bare relay lands books through TLS, and their age is known",
  async () => {
    const scenario: Scenario = { work: "books", offered: 300, tls: true, program: "relay" };
    const { signal } = new AbortController();
    // On a machine that is busy enough nothing lands in half a second.
    const result = await waitFor("a measurement", () => measure(scenario, { ...METHOD, signal }));
    assert.deepEqual({ ...scenario }, {
      work: result.work,
      offered: result.offered,
      tls: result.tls,
      program: result.program,
    });
    assert.ok(result.landed > 0 && result.sent > 0);
    // It publishes each frame of some 400 bytes twice, and does nothing else.
    assert.ok(Math.abs(result.commands - 2) < 0.5, String(result.commands));
    assert.ok(result.bytes > 800, String(result.bytes));
    assert.ok(result.peakMb > 10);
    assert.ok((result.latencyMs?.samples ?? 0) > 0);
  },
);

testWith(
  ["redis-server"],
  "a measurement that is interrupted ends what it started, and says why",
  async () => {
    const controller = new AbortController();
    const scenario: Scenario = { work: "tickers", offered: 100, tls: false, program: "relay" };
    const measuring = measure(scenario, { ...METHOD, seconds: 600, signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(measuring, /enough/);
  },
);

testWith(
  ["redis-server", "Linux"],
  "a program that ends is named with the last line that it wrote",
  async () => {
    const scenario: Scenario = { work: "tickers", offered: 100, tls: false, program: "broken" };
    const command = [Deno.execPath(), "eval", "console.error('no such thing'); Deno.exit(3)"];
    const peers = [{ name: "broken", version: "1", command, needsRest: false }];
    const { signal } = new AbortController();
    await assert.rejects(
      measure(scenario, { ...METHOD, peers, signal }),
      /broken ended with 3: no such thing/,
    );
  },
);

Deno.test("libraries that cannot be installed are named with the reason, and nothing stays of them", async () => {
  const folder = await Deno.makeTempDir({ prefix: "okws-test-" });
  const install = new URL("../../scripts/bench/peers/install.ts", import.meta.url).href;
  const script = `
    import { openPeers } from ${JSON.stringify(install)};
    const signal = new AbortController().signal;
    const peers = await openPeers({ folder: undefined, only: undefined, signal, report: () => {} });
    console.log(JSON.stringify([peers.peers, peers.skipped]));
    await peers[Symbol.asyncDispose]();`;
  // Neither python3 nor node is on this path.
  const env = { PATH: folder, TMPDIR: folder };
  const { stdout } = await runChild(Deno.execPath(), ["eval", "--no-check", script], { env });
  assert.deepEqual(JSON.parse(stdout), [[], [
    { what: "cryptofeed", reason: "python3 is not installed" },
    { what: "ccxt", reason: "python3 is not installed" },
    { what: "okx-api", reason: "node is not installed" },
  ]]);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  await Deno.remove(folder);
});

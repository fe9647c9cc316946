/** `okws health`: what a container or a script learns of a service by one exit code. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { runOkws, startOkws } from "../../support/program.ts";
import { waitFor } from "../../support/wait.ts";
import { assertFails, startMock, tempFolder } from "./environment.ts";

Deno.test("health is 0 while data is fresh, 1 when it is not, and 3 where nothing answers", async () => {
  await using folder = await tempFolder();
  await using mock = await startMock();
  const file = `${folder.path}/okws.yaml`;
  const address = `127.0.0.1:${freePort()}`;
  const config = {
    settings: { REDIS_URL: "embedded://127.0.0.1:0", HTTP: address },
    // A client or a health check needs no server's secrets.
    servers: [{ name: "test", endpoint: mock.url }],
    subscribes: [{ server: "test", channels: ["tickers:ETH-USDT", "tickers:NOPE-USDT"] }],
  };
  await Deno.writeTextFile(file, JSON.stringify(config));
  assertFails(
    await runOkws(["health", "-c", file]),
    3,
    /Cannot ask http:\/\/127\.0\.0\.1:\d+: nothing listens there/,
  );

  await using service = startOkws(["serve", "-c", file]);
  await service.waitForLine(/Listening for commands/);
  await waitFor("health", async () => (await runOkws(["health", "-c", file])).code === 0, {
    deadlineMs: 40_000,
  });
  const byUrl = await runOkws(["health", "--url", `http://${address}`]);
  assert.deepEqual([byUrl.code, byUrl.stdout], [0, "ok\n"]);
  const refused = /^okws: test tickers:NOPE-USDT is refused: 60018 .*; next attempt in \d+ s$/m;
  assert.match(byUrl.stderr, refused);
  assertFails(await runOkws(["health", "--strict", "-c", file]), 1, refused);
  const json = JSON.parse((await runOkws(["health", "--json", "-c", file])).stdout);
  assert.deepEqual([json.ready, json.refused, json.faults, json.warnings[0].code], [true, 1, [], "60018"]);

  await mock.stop("SIGTERM");
  await waitFor("the loss", async () => (await runOkws(["health", "-c", file])).code === 1, {
    deadlineMs: 40_000,
  });
  assertFails(
    await runOkws(["health", "-c", file]),
    1,
    /^okws: test tickers:ETH-USDT is stale: (the connection is lost|127\.0\.0\.1:\d+ cannot be reached)/m,
  );
  assert.equal((await runOkws(["health", "--live", "-c", file])).code, 0, "the process itself is well");
  assert.equal(await service.stop("SIGTERM"), 0);
});

Deno.test("health gives the password of its file, or of its URL, to say what is wrong", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/okws.yaml`;
  const address = `127.0.0.1:${freePort()}`;
  const settings = { REDIS_URL: "embedded://127.0.0.1:0", HTTP: address, HTTP_PASSWORD: "right password" };
  const servers = [{ name: "test", endpoint: `ws://127.0.0.1:${freePort()}` }];
  const subscribes = [{ server: "test", channels: ["tickers:ETH-USDT"] }];
  await Deno.writeTextFile(file, JSON.stringify({ settings, servers, subscribes }), { mode: 0o600 });
  await using service = startOkws(["serve", "-c", file]);
  await service.waitForLine(/Listening for commands/);
  const reason = /^okws: test tickers:ETH-USDT is wanted: /m;
  assertFails(await runOkws(["health", "-c", file]), 1, reason);
  assertFails(await runOkws(["health", "--url", `http://okws:right%20password@${address}`]), 1, reason);
  for (const url of [`http://${address}`, `http://okws:wrong@${address}`]) {
    assertFails(
      await runOkws(["health", "--url", url]),
      1,
      /^okws: not ready; to read why, give the password/,
    );
  }
  const json = JSON.parse((await runOkws(["health", "--json", "-c", file])).stdout);
  assert.deepEqual([json.ready, json.faults[0].path], [false, "tickers:ETH-USDT"]);
  assert.equal(await service.stop("SIGTERM"), 0);
});

Deno.test("health says what is wrong with how it was asked", async () => {
  const off = await runOkws(["health"], { env: { OKWS_HTTP: "off" } });
  assertFails(off, 2, /HTTP is off/);
  assertFails(await runOkws(["health", "--url", "ftp://x"]), 2, /--url is an http:\/\/ URL/);
  assertFails(await runOkws(["health", "--timeout", "soon"]), 2, /--timeout is a number/);
});

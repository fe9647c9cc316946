/** The program under a service manager: what it sends, and what it does not need to have for that. */
import assert from "node:assert/strict";
import { startManager } from "../../support/manager.ts";
import { type Program, startOkws } from "../../support/program.ts";
import { waitFor } from "../../support/wait.ts";
import { assertCalm, type Mock, startMock, tempFolder } from "./environment.ts";

const DEADLINE = { deadlineMs: 30_000 };

/** A service with a store of its own, fed by a simulated exchange. */
async function startService(
  mock: Mock,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Program> {
  const config = {
    settings: { REDIS_URL: "embedded://127.0.0.1:0", HTTP: "off" },
    servers: [{ name: "test", endpoint: mock.url }],
    subscribes: [{ server: "test", channels: ["tickers:ETH-USDT"] }],
  };
  await Deno.writeTextFile(`${folder}/okws.yaml`, JSON.stringify(config));
  return startOkws(["serve", "-c", `${folder}/okws.yaml`], { env });
}

Deno.test("the service notifies its manager that it is ready, how it is, that it lives, and that it stops", async () => {
  await using folder = await tempFolder();
  await using manager = await startManager();
  await using mock = await startMock();
  const temp = `${folder.path}/tmp`;
  await Deno.mkdir(temp);
  await using service = await startService(mock, folder.path, {
    NOTIFY_SOCKET: manager.address,
    WATCHDOG_USEC: "500000",
    TMPDIR: temp,
  });
  await waitFor("READY", () => manager.received("READY=1"), DEADLINE);
  await waitFor("the status", () => manager.received("STATUS=1 subscription live, Redis ok"), DEADLINE);
  const lives = () => manager.messages.flat().filter((line) => line === "WATCHDOG=1").length;
  await waitFor("signs of life", () => lives() >= 3, DEADLINE);
  // Linux counts in whole seconds there, rounded up.
  const before = Deno.osUptime() - 1;
  service.kill("SIGHUP");
  await waitFor("RELOADING", () => manager.received("RELOADING=1"), DEADLINE);
  const [, usec] = manager.messages.flat().join("\n").match(/^MONOTONIC_USEC=(\d+)$/m) ?? [];
  assert.ok(Number(usec) / 1e6 > before && Number(usec) / 1e6 <= Deno.osUptime() + 1, `it is ${usec}`);
  await mock.stop("SIGTERM");
  await waitFor(
    "the loss",
    () => manager.received("STATUS=0 subscriptions live, 1 stale, Redis ok"),
    DEADLINE,
  );
  const left = await Array.fromAsync(Deno.readDir(temp), ({ name }) => name);
  assert.deepEqual(
    left.filter((name) => name.startsWith("okws")),
    [],
    "its own end of the socket has no name",
  );
  assert.equal(await service.stop("SIGTERM"), 0);
  await waitFor("STOPPING", () => manager.received("STOPPING=1"));
  const order = manager.messages.flat();
  assert.ok(order.indexOf("STATUS=starting") < order.indexOf("READY=1"));
  assert.ok(order.indexOf("READY=1") < order.indexOf("STOPPING=1"));
  assertCalm(service.text());
});

if (Deno.build.os !== "windows") {
  Deno.test("where no datagram socket can be had, systemd-notify sends it", async () => {
    await using folder = await tempFolder();
    await using mock = await startMock();
    const reported = `${folder.path}/reported`;
    await Deno.writeTextFile(
      `${folder.path}/systemd-notify`,
      `#!/bin/sh\nprintf '%s\\n' "$NOTIFY_SOCKET" "$@" >>'${reported}'\n`,
      { mode: 0o755 },
    );
    await using service = await startService(mock, folder.path, {
      NOTIFY_SOCKET: "/nonexistent/notify",
      // Without a place for its own end of the socket.
      TMPDIR: "/nonexistent",
      PATH: `${folder.path}:${Deno.env.get("PATH") ?? ""}`,
    });
    const text = () => Deno.readTextFile(reported).catch(() => "");
    await waitFor("READY", async () => /^READY=1$/m.test(await text()), DEADLINE);
    assert.equal(await service.stop("SIGTERM"), 0);
    assert.match(await text(), /^\/nonexistent\/notify$/m);
    assert.match(await text(), /^STOPPING=1$/m);
  });
}

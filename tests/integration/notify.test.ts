/** The service manager receives what it should: real datagram sockets, by path and by abstract name. */
import assert from "node:assert/strict";
import { openNotifier } from "../../src/system/notifier.ts";
import type { Glance } from "../../src/system/status_line.ts";
import { type Manager, startManager } from "../support/manager.ts";
import { waitFor } from "../support/wait.ts";

const HERE = { pid: Deno.pid, statusEveryMs: 20 };

function view(): { -readonly [K in keyof Glance]: Glance[K] } {
  return {
    stopping: false,
    outage: "",
    stats: { writingSince: 0, batches: 1, retries: 0 },
    servers: [{ subscriptions: [{ state: "live" }] }],
  };
}

async function managerReceives(manager: Manager): Promise<void> {
  const glance = view();
  {
    await using notifier = await openNotifier({ ...HERE, environment: { NOTIFY_SOCKET: manager.address } });
    await waitFor("the start", () => manager.received("STATUS=starting"));
    assert.ok(!manager.received("READY=1"), "not ready before it is");
    notifier.ready(() => glance);
    await waitFor("READY", () => manager.received("READY=1"));
    glance.servers = [{ subscriptions: [{ state: "live" }, { state: "stale" }] }];
    await waitFor("the new status", () => manager.received("STATUS=1 subscription live, 1 stale, Redis ok"));
    const before = manager.messages.length;
    const answer = await notifier.reloading(async () => {
      await waitFor("RELOADING", () => manager.received("RELOADING=1"));
      return 7;
    });
    assert.equal(answer, 7);
    await waitFor("READY again", () => manager.messages.slice(before).flat().includes("READY=1"));
    notifier.stopping();
    notifier.stopping();
  }
  await waitFor("STOPPING", () => manager.received("STOPPING=1"));
  const flat = manager.messages.flat();
  assert.equal(flat.filter((line) => line === "STOPPING=1").length, 1);
  assert.ok(!flat.includes("WATCHDOG=1"), "none was asked for");
  const reload = manager.messages.find((message) => message.includes("RELOADING=1"));
  const usec = Number(reload?.find((line) => line.startsWith("MONOTONIC_USEC="))?.split("=")[1]);
  assert.ok(usec > 0 && Math.abs(usec / 1e6 - Deno.osUptime()) < 60, `MONOTONIC_USEC is ${usec}`);
}

Deno.test("a manager on a path receives start, ready, status, reload and stop", async () => {
  await using manager = await startManager();
  await managerReceives(manager);
});

if (Deno.build.os === "linux") {
  Deno.test("a manager with an abstract name receives the same", async () => {
    await using manager = await startManager({ abstract: true });
    await managerReceives(manager);
  });
}

Deno.test("signs of life come while batches are written, and stop when one is stuck", async () => {
  await using manager = await startManager();
  const environment = {
    NOTIFY_SOCKET: manager.address,
    WATCHDOG_USEC: "100000",
    WATCHDOG_PID: String(Deno.pid),
  };
  const glance = view();
  await using notifier = await openNotifier({ ...HERE, environment, stuckMs: 300, statusEveryMs: 3_600_000 });
  const lives = () => manager.messages.flat().filter((line) => line === "WATCHDOG=1").length;
  let looks = 0;
  notifier.ready(() => (looks += 1, glance));
  await waitFor("signs of life", () => lives() >= 3);
  glance.stats = { writingSince: 1, batches: 2, retries: 0 };
  let seen = -1;
  await waitFor("five looks in a row without a sign", async () => {
    const before = looks;
    seen = lives();
    await waitFor("five looks", () => looks >= before + 5);
    return lives() === seen;
  });
  glance.stats = { writingSince: 0, batches: 3, retries: 0 };
  await waitFor("signs of life again", () => lives() > seen);
});

Deno.test("a manager that is not there does not disturb", async () => {
  const environment = { NOTIFY_SOCKET: "/nonexistent/okws.sock", WATCHDOG_USEC: "20000" };
  await using notifier = await openNotifier({ ...HERE, environment });
  notifier.ready(view);
  assert.equal(await notifier.reloading(() => Promise.resolve("done")), "done");
  notifier.stopping();
});

Deno.test("a manager that does not read holds up neither the service nor its end", async () => {
  const start = performance.now();
  const reloads: Promise<void>[] = [];
  {
    await using manager = await startManager({ silent: true });
    const environment = { NOTIFY_SOCKET: manager.address };
    await using notifier = await openNotifier({ ...HERE, environment });
    notifier.ready(view);
    // The kernel keeps some ten messages for it, or as many as net.unix.max_dgram_qlen says.
    let begun = 0;
    for (let i = 0; i < 2000; i++) reloads.push(notifier.reloading(() => Promise.resolve(void (begun += 1))));
    let before = 0;
    await waitFor("its queue to be full", () => {
      const isFull = begun > 0 && begun === before;
      before = begun;
      return isFull;
    }, { everyMs: 50 });
    assert.ok(begun < 2000, "the manager has read");
    notifier.stopping();
  }
  assert.ok(performance.now() - start < 60_000);
  // What still waited has failed with the end of the manager.
  await Promise.all(reloads);
});

Deno.test("without a NOTIFY_SOCKET, or with one of another kind, nothing is sent", async () => {
  for (const NOTIFY_SOCKET of ["", "vsock:2:1234", "relative/path"]) {
    await using notifier = await openNotifier({ ...HERE, environment: { NOTIFY_SOCKET } });
    notifier.ready(() => assert.fail("nobody asks for a status"));
    assert.equal(await notifier.reloading(() => Promise.resolve(1)), 1);
    notifier.stopping();
  }
});

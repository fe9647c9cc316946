/** What the doctor makes of what it finds; the finding itself is tested from outside. */
import assert from "node:assert/strict";
import { explainCall, judgeRegions, judgeSkew } from "../../../../src/cli/doctor/exchange.ts";
import { plainSecrets } from "../../../../src/config/secrets.ts";
import { type Examination, examine } from "../../../../src/cli/doctor/finding.ts";
import { renderFindings } from "../../../../src/cli/doctor/mod.ts";
import { english, keyed } from "../../../../src/cli/i18n/translate.ts";
import { connectRemedy, rightsToTry } from "../../../../src/cli/doctor/redis.ts";
import { COMMANDS_OF } from "../../../../src/store/redis/commands.ts";
import { serviceExaminations } from "../../../../src/cli/doctor/installed.ts";
import type { Machine } from "../../../../src/cli/service/machine.ts";
import {
  judgeBufferLimit,
  judgeLease,
  judgeListeners,
  judgeMemory,
  judgePersistence,
  judgePolicy,
  judgeRole,
  judgeVersion,
} from "../../../../src/cli/doctor/redis_rules.ts";
import { StoreError } from "../../../../src/shared/errors.ts";
import { englishOf, type Text } from "../../../../src/shared/messages/message.ts";

Deno.test("judgeSkew() doubts no clock that the measurement cannot distinguish from its own", async (t) => {
  const table: [number, number, string][] = [
    [0, 10, "ok"],
    [900, 10, "ok"],
    [-1200, 100, "warn"],
    [1200, 800, "ok"],
    [29_000, 10, "warn"],
    [-31_000, 10, "fail"],
  ];
  for (const [skew, took, state] of table) {
    await t.step(`${skew} ms in ${took} ms`, () => {
      const [found, message, remedy] = judgeSkew(skew, took);
      assert.equal(found, state, englishOf(message));
      assert.equal(remedy === "", state === "ok");
    });
  }
  assert.match(englishOf(judgeSkew(2000, 10)[1]), /2\.000 s behind/);
  assert.match(englishOf(judgeSkew(-2000, 10)[1]), /2\.000 s ahead/);
});

Deno.test("judgeRegions() names the hosts that answer where the one in use does not", () => {
  const reached = (...times: (number | undefined)[]) =>
    new Map(["okx", "okx-eea", "okx-us"].map((name, i) => [name, times[i]]));
  assert.deepEqual(judgeRegions(["okx"], reached(9, undefined, 80)).map(englishOf), [
    "ok",
    "connection times in milliseconds: okx 9, okx-eea -, okx-us 80",
    "",
  ]);
  const [state, , remedy] = judgeRegions(["okx"], reached(undefined, 20, 90));
  assert.equal(state, "fail");
  assert.match(englishOf(remedy), /ENDPOINT: okx-eea or okx-us$/);
  assert.equal(
    englishOf(judgeRegions(["okx-us"], reached(undefined, undefined, undefined))[1]),
    "none of the exchange's hosts answers from here",
  );
  assert.equal(judgeRegions(["okx-demo"], reached(9, 9, 9))[0], "ok");
});

Deno.test("each rule about Redis has its states", async (t) => {
  const table: [string, readonly unknown[], string][] = [
    ["a version of today", judgeVersion({ redis_version: "7.2.4" }), "ok"],
    ["one that nobody maintains", judgeVersion({ redis_version: "6.0.16" }), "warn"],
    ["one without streams", judgeVersion({ redis_version: "4.0.9" }), "fail"],
    ["another program of its kind", judgeVersion({ redis_version: "7.2.4", valkey_version: "8.1.0" }), "ok"],
    ["INFO refused", judgeVersion({}), "warn"],
    [
      "no limit",
      judgeMemory({ used_memory: "1000000", maxmemory: "0", total_system_memory: "8000000000" }),
      "ok",
    ],
    [
      "no limit and half the machine",
      judgeMemory({ used_memory: "5000000000", maxmemory: "0", total_system_memory: "8000000000" }),
      "warn",
    ],
    ["a limit with room", judgeMemory({ used_memory: "10", maxmemory: "100" }), "ok"],
    ["a limit that is near", judgeMemory({ used_memory: "85", maxmemory: "100" }), "warn"],
    ["a limit that is reached", judgeMemory({ used_memory: "96", maxmemory: "100" }), "fail"],
    ["rows refused when full", judgePolicy({ maxmemory_policy: "noeviction", maxmemory: "100" }), "ok"],
    ["what expires goes first", judgePolicy({ maxmemory_policy: "volatile-lru", maxmemory: "100" }), "ok"],
    [
      "rows thrown away when full",
      judgePolicy({ maxmemory_policy: "allkeys-lru", maxmemory: "100" }),
      "fail",
    ],
    ["never full", judgePolicy({ maxmemory_policy: "allkeys-lfu", maxmemory: "0" }), "warn"],
    [
      "the default buffers",
      judgeBufferLimit("normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"),
      "ok",
    ],
    ["buffers without limit", judgeBufferLimit("normal 0 0 0 slave 0 0 0 pubsub 0 0 0"), "warn"],
    ["tiny buffers", judgeBufferLimit("pubsub 65536 0 0"), "warn"],
    ["a master", judgeRole({ role: "master" }), "ok"],
    ["a replica", judgeRole({ role: "slave", master_host: "db", master_port: "6379" }), "fail"],
    ["still loading", judgeRole({ role: "master", loading: "1" }), "warn"],
    ["a save that failed", judgePersistence({ rdb_last_bgsave_status: "err" }, "60 1"), "fail"],
    ["an append-only file", judgePersistence({ aof_enabled: "1" }, ""), "ok"],
    ["snapshots", judgePersistence({ rdb_last_bgsave_status: "ok" }, "3600 1"), "ok"],
    ["one service", judgeListeners("trade-ws", 1), "ok"],
    ["no service", judgeListeners("trade-ws", 0), "warn"],
    ["two services", judgeListeners("trade-ws", 2), "warn"],
    ["a writer", judgeLease("okex", { host: "a", pid: 7, epoch: 3, since: 0 }), "ok"],
    ["no writer", judgeLease("okex", undefined), "warn"],
  ];
  for (const [name, verdict, state] of table) {
    await t.step(name, () => {
      assert.equal(verdict[1], state, JSON.stringify(verdict));
      // Whatever is not well says what to do.
      assert.equal(
        (verdict[3] ?? "") !== "",
        state !== "ok",
        JSON.stringify(verdict),
      );
    });
  }
});

Deno.test("every command that a service gives is tried, and its own account passes", () => {
  const tried = new Set(
    rightsToTry("k").map(([command, what]) =>
      (["CLIENT", "XINFO"].includes(command) ? `${command}|${what}` : command).toLowerCase()
    ),
  );
  // What a connection needs to be made at all is known to work by then, and so is what asks for figures.
  const known = [
    "client|setname",
    "exec",
    "info",
    "multi",
    "ping",
    "select",
    "pubsub|numsub",
    "psubscribe",
    "punsubscribe",
    "subscribe",
    "unsubscribe",
  ];
  const needed = COMMANDS_OF.writer.filter((command) => !known.includes(command));
  assert.deepEqual([...tried].sort(), [...needed].sort());
});

Deno.test("plainSecrets() finds secrets that stand in the file, and names them only", () => {
  const text = [
    "settings:",
    "  REDIS_URL: redis://user:planted@host:6379",
    "  HTTP_PASSWORD: planted-too",
    "servers:",
    "  - name: a",
    "    apiKey: ${KEY}",
    "    secret: planted",
    '    password: ""',
  ].join("\n");
  assert.deepEqual(plainSecrets(text), ["REDIS_URL", "HTTP_PASSWORD", "servers[0].secret"]);
  for (
    const good of [
      "",
      "settings:\n  REDIS_URL: redis://host",
      "settings:\n  REDIS_URL: redis://u:${P}@host",
      "a: [",
      "7",
      "servers: x",
    ]
  ) {
    assert.deepEqual(plainSecrets(good), [], good);
  }
});

Deno.test("examine() runs all at once, each within its deadline, and keeps their order", async () => {
  const started: string[] = [];
  const open: (readonly Text[])[] = [];
  const gate = Promise.withResolvers<void>();
  const examinations: Examination[] = [
    {
      area: "slow",
      look: async (report) => (started.push("slow"), await gate.promise, report("a", "ok", "fine")),
    },
    {
      area: "quick",
      look: (
        report,
      ) => (started.push("quick"), report("b", "warn", "so so", "mend"), gate.resolve(), Promise.resolve()),
    },
    { area: "broken", look: () => Promise.reject(new Error("no such thing")) },
    { area: "hung", look: () => new Promise(() => {}) },
  ];
  const findings = await examine(examinations, {
    signal: new AbortController().signal,
    deadlineMs: 300,
    onProgress: (areas) => open.push(areas),
  });
  assert.deepEqual(started, ["slow", "quick"]);
  assert.deepEqual(
    findings.map(({ area, name, state, message }) => [area, name, state, englishOf(message)]),
    [
      ["slow", "a", "ok", "fine"],
      ["quick", "b", "warn", "so so"],
      ["broken", "answer", "fail", "no such thing"],
      ["hung", "answer", "fail", "none within 300 ms"],
    ],
  );
  assert.deepEqual([open[0], open.at(-1)], [["slow", "quick", "broken", "hung"], []]);
});

Deno.test("what two examinations of one area find alike is said once, under one heading", async () => {
  const look: Examination["look"] = (report) => {
    report("TCP", "fail", keyed("dial.no_answer"), keyed("doctor.try_again"));
    return Promise.resolve();
  };
  const area = () => keyed("doctor.exchange", { name: "ws://127.0.0.1:9" });
  const findings = await examine([
    { area: area(), look },
    { area: area(), look },
    {
      area: area(),
      look: (report) => Promise.resolve(report("clock", "ok", "fine")),
    },
  ], { signal: new AbortController().signal });
  const lines = renderFindings(findings, english, false);
  assert.equal(lines.filter((line) => line.includes("TCP")).length, 1, lines.join("\n"));
  assert.equal(lines.filter((line) => line.includes("ws://127.0.0.1:9")).length, 1, lines.join("\n"));
  assert.deepEqual(findings.map(({ name }) => name), ["TCP", "clock"]);
});

/** A machine on which `systemctl show` says this of units of these files. */
function machineWith(files: readonly string[], shown: string, units = ""): Machine {
  const no = () => Promise.reject(new Error("nothing is changed"));
  return {
    os: "linux",
    uid: 1000,
    home: "/home/me",
    environment: {},
    root: undefined,
    read: () => Promise.resolve(undefined),
    exists: (path) => Promise.resolve(files.includes(path)),
    write: no,
    remove: no,
    canRead: () => Promise.resolve(true),
    canRun: () => Promise.resolve(true),
    run: (_program, [word]) => {
      return Promise.resolve({ code: 0, stdout: word === "list-units" ? units : shown, stderr: "" });
    },
    show: no,
  };
}

Deno.test("serviceExaminations() says how the installed service is", async (t) => {
  const unit = "/etc/systemd/system/okws.service";
  const packaged = "/usr/lib/systemd/system/okws.service";
  const own = "/home/me/.config/systemd/user/okws.service";
  const running = "ActiveState=active\nSubState=running\n";
  const table: [string, string[], string, [string, RegExp][], string?][] = [
    ["none", [], "", [["ok", /none is installed/]]],
    ["running", [unit], `${running}UnitFileState=enabled\n`, [["ok", /okws\.service: active \(running\)/]]],
    ["running until the next start", [unit], `${running}UnitFileState=disabled\n`, [["warn", /active/]]],
    ["failed", [own], "ActiveState=failed\nSubState=failed\nResult=exit-code\n", [[
      "fail",
      /failed \(failed, exit-code\)/,
    ]]],
    ["stopped", [packaged], "ActiveState=inactive\nSubState=dead\n", [["warn", /inactive \(dead\)/]]],
    ["shards", [packaged], "ActiveState=inactive\nSubState=dead\n", [
      ["ok", /okws@1-3\.service: active \(running\)/],
      ["fail", /okws@2-3\.service: activating \(auto-restart\)/],
    ], "okws@1-3.service loaded active running OKX\nokws@2-3.service loaded activating auto-restart OKX\n"],
    ["two of them", [unit, own], `${running}UnitFileState=enabled\n`, [["ok", /etc/], ["ok", /home/]]],
  ];
  for (const [name, files, shown, expected, units] of table) {
    await t.step(name, async () => {
      const signal = new AbortController().signal;
      const findings = await examine(serviceExaminations(machineWith(files, shown, units)), { signal });
      assert.deepEqual(findings.map(({ state }) => state), expected.map(([state]) => state));
      for (const [i, { message, remedy, state }] of findings.entries()) {
        assert.match(englishOf(message), expected[i]?.[1] as RegExp);
        assert.equal(remedy === "", state === "ok");
      }
    });
  }
  assert.deepEqual(serviceExaminations({ ...machineWith([], ""), os: "windows" }), []);
});

Deno.test("a Redis that wants a password is not to be started, one that is not there is", () => {
  const remedy = (said: string) =>
    connectRemedy(new StoreError("Cannot reach Redis", { cause: new Error(said) }));
  assert.match(remedy("NOAUTH Authentication required.").english, /^give the password in REDIS_URL/);
  assert.match(remedy("connect ECONNREFUSED 127.0.0.1:1").english, /redis-server/);
  assert.match(connectRemedy(new StoreError("closed")).english, /^start Redis/);
});

Deno.test("a REST call that fails is said as a dial is, without the words of the runtime", () => {
  const cause = new Error(
    "error sending request for url (https://www.okx.com/api/v5/public/time?): client error (Connect): dns error: no name",
  );
  const url = "https://www.okx.com";
  const said = englishOf(explainCall(url, new TypeError("fetch failed", { cause })));
  assert.equal(said, "the name of www.okx.com cannot be looked up (DNS): dns error: no name");
  assert.equal(englishOf(explainCall(url, new Error("no"))), "https://www.okx.com: no");
});

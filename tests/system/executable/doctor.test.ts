/** The doctor against real patients: a Redis well and badly set up, the simulated exchange, dead ports, a stranger's certificate. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { makeCertificates } from "../../support/certificates.ts";
import { freePort } from "../../support/free_port.ts";
import { type Ran, runOkws } from "../../support/program.ts";
import { testWith } from "../../support/needs.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { assertCalm, startEnvironment, startMock, tempFolder } from "./environment.ts";

type Finding = { area: string; name: string; state: string; message: string; remedy: string };
type Report = { ok: boolean; counts: Record<string, number>; findings: Finding[] };

/** Runs the doctor with a file of these lines. */
async function examine(
  lines: readonly string[],
  options: { mode?: number; args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<{ ran: Ran; report: Report }> {
  await using folder = await tempFolder();
  const file = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(file, `${lines.join("\n")}\n`);
  await Deno.chmod(file, options.mode ?? 0o600);
  const ran = await runOkws(["doctor", "-c", file, ...options.args ?? []], {
    env: options.env ?? {},
    timeoutMs: 40_000,
  });
  assertCalm(ran.stdout + ran.stderr);
  return { ran, report: JSON.parse(ran.stdout) as Report };
}

function stateOf(report: Report, area: string, name: string): string | undefined {
  return report.findings.find((each) => each.area === area && each.name === name)?.state;
}

/** What is not well needs a remedy, and the sums have to be right. */
function assertWhole({ ran, report }: { ran: Ran; report: Report }): void {
  for (const finding of report.findings) {
    assert.equal(finding.remedy === "", finding.state === "ok", JSON.stringify(finding));
  }
  const failed = report.findings.filter(({ state }) => state === "fail").length;
  assert.deepEqual([report.counts.fail, report.ok, ran.code], [failed, failed === 0, failed === 0 ? 0 : 1]);
}

redisTest("the doctor finds nothing wrong with a service that is well", async () => {
  await using environment = await startEnvironment();
  const examined = await examine([
    "settings:",
    `  REDIS_URL: ${environment.redisUrl}`,
    `  HTTP: 127.0.0.1:${freePort()}`,
    "servers:",
    "  - name: test",
    `    endpoint: ${environment.mockUrl}`,
    "subscribes:",
    "  - server: test",
    '    channels: ["tickers:ETH-USDT"]',
  ]);
  const { report } = examined;
  assertWhole(examined);
  assert.deepEqual(report.findings.filter(({ state }) => state === "fail"), []);
  const exchange = `exchange ${environment.mockUrl}`;
  for (
    const [area, name] of [
      ...["permissions", "content"].map((each) => ["file", each]),
      ...[
        "connection",
        "version",
        "memory",
        "maxmemory-policy",
        "role",
        "persistence",
        "clock",
        "rights",
      ]
        .map((each) => ["Redis", each]),
      ["Redis", "service"],
      ...["DNS", "TCP", "WebSocket", "clock"].map((each) => [exchange, each]),
      ["HTTP", "port"],
    ] as [string, string][]
  ) assert.equal(stateOf(report, area, name), "ok", `${area} ${name}`);
  // A machine that is busy with other things is slow, and the doctor says so.
  assert.match(stateOf(report, "Redis", "latency") ?? "", /^(ok|warn)$/);
  // Nothing of the examination is left behind.
  assert.deepEqual(await environment.redis.keys("*okws-doctor*"), []);
});

redisTest("the doctor looks whether a running service has the metrics that alert rules need", async () => {
  const [port, other] = [freePort(), freePort()];
  await using environment = await startEnvironment({
    env: { OKWS_HTTP: `127.0.0.1:${port}`, OKWS_HTTP_PASSWORD: "planted-word" },
  });
  const look = async (...more: string[]) => {
    const lines = ["settings:", `  REDIS_URL: ${environment.redisUrl}`, ...more.map((each) => `  ${each}`)];
    const examined = await examine([
      ...lines,
      "servers:",
      `  - { name: test, endpoint: "${environment.mockUrl}" }`,
    ]);
    assertWhole(examined);
    assert.ok(!examined.ran.stdout.includes("planted"), examined.ran.stdout);
    return examined.report.findings.find(({ name }) => name === "metrics");
  };
  assert.equal((await look(`HTTP: 127.0.0.1:${port}`, "HTTP_PASSWORD: planted-word"))?.state, "ok");
  const refused = await look(`HTTP: 127.0.0.1:${port}`, "HTTP_PASSWORD: another-word");
  assert.deepEqual([refused?.state, refused?.message], [
    "warn",
    `http://127.0.0.1:${port}/metrics answers 401`,
  ]);
  // One that is older.
  await using _older = Deno.serve(
    { port: other, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("# TYPE okws_build_info gauge\nokws_build_info 1\n"),
  );
  const lacking = await look(`HTTP: 127.0.0.1:${other}`);
  assert.equal(lacking?.state, "warn");
  assert.match(lacking?.message ?? "", /^alert rules need what is not there: .*okws_ready/);
  assert.equal(await look(`HTTP: 127.0.0.1:${freePort()}`), undefined);
});

redisTest("the doctor sees a Redis that is badly set up", async () => {
  await using server = await startRedis({
    args: [
      ...["--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"],
      ...["--client-output-buffer-limit", "pubsub 0 0 0"],
    ],
  });
  const admin = new Redis(server.url);
  await admin.call("ACL", "SETUSER", "default", "resetpass", ">planted-word", "-@stream");
  await admin.quit();
  await using mock = await startMock();
  const url = server.url.replace("redis://", "redis://default:planted-word@");
  const examined = await examine([
    "settings:",
    `  REDIS_URL: ${url}`,
    `  ENDPOINT: ${mock.url}`,
    "  HTTP: off",
  ], {
    mode: 0o644,
  });
  const { ran, report } = examined;
  assertWhole(examined);
  assert.equal(stateOf(report, "Redis", "maxmemory-policy"), "fail");
  assert.equal(stateOf(report, "Redis", "client-output-buffer-limit"), "warn");
  assert.equal(stateOf(report, "Redis", "service"), "warn");
  const rights = report.findings.find(({ name }) => name === "rights");
  assert.equal(rights?.state, "fail");
  assert.match(rights?.message ?? "", /XADD, XTRIM, XREVRANGE/);
  assert.equal(stateOf(report, "file", "permissions"), "fail");
  assert.ok(!(ran.stdout + ran.stderr).includes("planted"), ran.stdout);
});

redisTest(
  "the doctor finds the rights enough that okws redis-acl prints for a service, and a reader's too few",
  async () => {
    await using server = await startRedis();
    await using mock = await startMock();
    const printed = await runOkws(["redis-acl"]);
    assert.equal(printed.code, 0, printed.stderr);
    const admin = new Redis(server.url);
    for (const line of printed.stdout.trim().split("\n")) {
      const [, user = "", ...rules] = line.split(" ");
      await admin.call(
        "ACL",
        "SETUSER",
        user,
        ...rules.join(" ").match(/\([^)]*\)|\S+/g) ?? [],
        ">planted-word",
      );
    }
    await admin.quit();
    const stateFor = async (user: string) => {
      const url = server.url.replace("redis://", `redis://${user}:planted-word@`);
      const { report } = await examine([
        "settings:",
        `  REDIS_URL: ${url}`,
        `  ENDPOINT: ${mock.url}`,
        "  HTTP: off",
      ]);
      return stateOf(report, "Redis", "rights");
    };
    assert.deepEqual([await stateFor("okws-writer"), await stateFor("okws-reader")], ["ok", "fail"]);
  },
);

Deno.test("the doctor names the step at which a way ends, and what to do", async () => {
  const [redis, exchange] = [freePort(), freePort()];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  // Takes connections, and says something that is not HTTP of ours.
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("220 mail.example ready\r\n"));
      connection.close();
    }
  })();
  try {
    const examined = await examine([
      "settings:",
      `  REDIS_URL: redis://127.0.0.1:${redis}`,
      `  HTTP: 127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
      "servers:",
      `  - { name: dead, endpoint: "ws://127.0.0.1:${exchange}" }`,
      `  - { name: nowhere, endpoint: "wss://no-such-host.invalid" }`,
    ]);
    assertWhole(examined);
    const { report, ran } = examined;
    assert.equal(ran.code, 1);
    assert.equal(stateOf(report, "Redis", "connection"), "fail");
    assert.equal(stateOf(report, `exchange ws://127.0.0.1:${exchange}`, "TCP"), "fail");
    assert.equal(stateOf(report, "exchange wss://no-such-host.invalid", "DNS"), "fail");
    assert.match(report.findings.find(({ area }) => area === "HTTP")?.message ?? "", /another program/);
  } finally {
    listener.close();
    await serving;
  }
});

Deno.test("the doctor reports every fault of a file with its place, and goes on with what is good", async () => {
  const examined = await examine([
    "settings:",
    `  REDIS_URL: redis://127.0.0.1:${freePort()}`,
    "  HTTP: off",
    "servers:",
    "  - name: test",
    "    apiKey: planted-key",
    "  - nam: x",
  ]);
  assertWhole(examined);
  const faults = examined.report.findings.filter(({ area, name }) => area === "file" && name === "content");
  assert.ok(faults.length >= 2, JSON.stringify(faults));
  for (const { message } of faults) assert.match(message, /okws\.yaml:\d+:\d+: /);
  assert.equal(stateOf(examined.report, "Redis", "connection"), "fail");
  assert.ok(!examined.ran.stdout.includes("planted"));
});

testWith(
  ["openssl"],
  "the doctor sees a certificate that nobody here trusts, and trusts the one that it is given",
  async () => {
    await using certificates = await makeCertificates();
    const server = Deno.serve({
      hostname: "127.0.0.1",
      port: freePort(),
      cert: await Deno.readTextFile(certificates.cert),
      key: await Deno.readTextFile(certificates.key),
      onListen: () => {},
    }, () => new Response("no exchange", { status: 404 }));
    try {
      const endpoint = `wss://127.0.0.1:${server.addr.port}`;
      const lines = ["settings:", "  REDIS_URL: embedded", "  HTTP: off", `  ENDPOINT: ${endpoint}`];
      const strange = await examine(lines);
      assertWhole(strange);
      const refused = strange.report.findings.find(({ name }) => name === "TLS");
      assert.equal(refused?.state, "fail");
      assert.match(refused?.remedy ?? "", /DENO_CERT=FILE/);
      const reported = await examine(lines, { env: { DENO_CERT: certificates.ca } });
      assert.equal(stateOf(reported.report, `exchange ${endpoint}`, "TLS"), "ok");
      const upgrade = reported.report.findings.find(({ name }) => name === "WebSocket");
      assert.match(`${upgrade?.state} ${upgrade?.message}`, /^fail .*404/);
    } finally {
      await server.shutdown();
    }
  },
);

Deno.test("a server that takes connections and says nothing does not hold the doctor up", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const held: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) held.push(connection);
  })();
  try {
    const endpoint = `ws://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
    const started = performance.now();
    const examined = await examine([
      "settings:",
      `  REDIS_URL: redis://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
      "  HTTP: off",
      `  ENDPOINT: ${endpoint}`,
    ]);
    assertWhole(examined);
    assert.ok(performance.now() - started < 30_000);
    assert.equal(stateOf(examined.report, `exchange ${endpoint}`, "HTTP"), "fail");
    assert.equal(stateOf(examined.report, "Redis", "connection"), "fail");
  } finally {
    for (const connection of held) connection.close();
    listener.close();
    await serving;
  }
});

/** The doctor on the way to an exchange: logins, proxies, addresses that stay silent; and a Redis that cannot save. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { runOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { startMock } from "../../support/mock.ts";
import { waitFor } from "../../support/wait.ts";
import { Redis } from "ioredis";

type Finding = { area: string; name: string; state: string; message: string; remedy: string };

async function examine(config: unknown, env: Record<string, string> = {}): Promise<Finding[]> {
  const file = await Deno.makeTempFile({ prefix: "okws-test-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(config));
    const { stdout, stderr } = await runOkws(["doctor", "-c", file, "--json"], { env, timeoutMs: 60_000 });
    assert.ok(!/planted|demo-secret/.test(stdout + stderr), stdout);
    return (JSON.parse(stdout) as { findings: Finding[] }).findings;
  } finally {
    await Deno.remove(file);
  }
}

const SETTINGS = { REDIS_URL: "embedded", HTTP: "off" };

Deno.test("the doctor tries each login, and says what a refusal may be about", async () => {
  await using mock = await startMock();
  const login = { apiKey: "demo-key", secret: "demo-secret", password: "demo-pass", endpoint: mock.url };
  const findings = await examine({
    settings: SETTINGS,
    servers: [{ name: "good", ...login }, { name: "bad", ...login, password: "planted-word" }],
  });
  const of = (name: string) => findings.find((each) => each.name === name);
  assert.equal(of("login good")?.state, "ok");
  assert.deepEqual([of("login bad")?.state, of("WebSocket")?.state], ["fail", "ok"]);
  assert.match(
    `${of("login bad")?.message} → ${of("login bad")?.remedy}`,
    /refused with 600\d\d: .* → .*passphrase/,
  );
});

Deno.test("the doctor dials as the service does: by the proxy, and names the one that does not answer", async () => {
  await using mock = await startMock();
  await using proxy = startHttpProxy(Number(new URL(mock.url).port));
  // Only the proxy knows this name.
  const config = { settings: { ...SETTINGS, ENDPOINT: "ws://okx.invalid" } };
  const through = await examine(config, { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: "" });
  const states = through.filter(({ area }) => area === "exchange ws://okx.invalid").map(({ name, state }) =>
    `${name} ${state}`
  );
  // Before Deno 2.5.1, with which an executable may have been built, no proxy is used for WebSockets, and it says so.
  const isOld = Deno.env.get("OKWS_BIN") !== undefined && states.includes("proxy warn");
  assert.deepEqual(
    states.toSorted(),
    isOld ? ["DNS fail", "clock ok", "proxy warn"] : ["WebSocket ok", "clock ok", "proxy ok"],
  );
  const port = freePort();
  const dead = await examine(config, { HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: "" });
  const found = dead.find(({ name }) => name === "proxy");
  assert.equal(found?.state, isOld ? "warn" : "fail");
  if (!isOld) assert.match(found?.message ?? "", new RegExp(`^HTTP_PROXY: 127\\.0\\.0\\.1:${port}: `));
  const vain = await examine(config, {
    HTTPS_PROXY: `http://127.0.0.1:${port}`,
    WS_PROXY: "x",
    NO_PROXY: "",
  });
  const named = vain.filter(({ name }) => name === "proxy").map(({ state, message }) =>
    `${state} ${message}`
  );
  assert.deepEqual(named, [
    "warn HTTPS_PROXY is not used for ws://okx.invalid",
    "warn WS_PROXY is not used for ws://okx.invalid",
  ]);
});

redisTest("the doctor sees a Redis that cannot save, and still looks at the rest of it", async () => {
  await using server = await startRedis({ args: ["--save", "1 1", "--dbfilename", "dump-folder"] });
  const admin = new Redis(server.url);
  try {
    const [, folder = ""] = await admin.config("GET", "dir") as string[];
    // A file that is a folder cannot be written.
    await Deno.mkdir(`${folder}/dump-folder`);
    await admin.set("key", "value");
    await waitFor("a save that fails", async () => {
      await admin.bgsave().catch(() => {});
      return /rdb_last_bgsave_status:err/.test(await admin.info("persistence"));
    });
    await assert.rejects(admin.set("key", "other"), /MISCONF/);
    const findings = await examine({
      settings: { ...SETTINGS, REDIS_URL: server.url, ENDPOINT: "ws://127.0.0.1:1" },
    });
    const redis = findings.filter(({ area }) => area === "Redis");
    const of = (name: string) => redis.find((each) => each.name === name);
    assert.equal(of("persistence")?.state, "fail");
    assert.match(of("persistence")?.remedy ?? "", /free its disk/);
    for (const name of ["version", "memory", "role", "rights"]) assert.ok(of(name) !== undefined, name);
    for (const { state, message, remedy } of redis) {
      if (!message.includes("MISCONF")) continue;
      assert.equal(state, "fail");
      assert.match(remedy, /cannot write to its disk/);
    }
  } finally {
    await admin.quit();
  }
});

/** A proxy for plain HTTP, as HTTP_PROXY names it: every host is the port it was given. */
function startHttpProxy(target: number): AsyncDisposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const open = new Set<Deno.Conn>();
  const pass = async (client: Deno.Conn) => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    for (const each of [client, server]) open.add(each);
    const buffer = new Uint8Array(16_384);
    const count = await client.read(buffer) ?? 0;
    const head = new TextDecoder().decode(buffer.subarray(0, count)).replace(/^(\w+) http:\/\/[^/ ]+/, "$1 ");
    await server.write(new TextEncoder().encode(head.replace(/^(\w+) {2}/, "$1 ")));
    const copy = (from: Deno.Conn, to: Deno.Conn) => from.readable.pipeTo(to.writable).catch(() => {});
    await Promise.all([copy(client, server), copy(server, client)]);
  };
  const work = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const client of listener) {
      const one = pass(client).catch(() => {});
      work.add(one);
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const each of open) {
        try {
          each.close();
        } catch {
          // Closed by its stream.
        }
      }
      await Promise.all(work);
    },
  };
}

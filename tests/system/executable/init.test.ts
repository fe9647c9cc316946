/** A first configuration: from flags, from a person at a terminal, and never over what is there. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { commandLine, runOkws, startOkws } from "../../support/program.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor, withTimeout } from "../../support/wait.ts";
import { assertFails, startMock, tempFolder } from "./environment.ts";

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

async function modeOf(file: string): Promise<number> {
  return ((await Deno.stat(file)).mode ?? 0) & 0o777;
}

Deno.test("init writes a file from flags that check finds good, and says what comes next", async () => {
  await using folder = await tempFolder();
  const inside = { cwd: folder.path };
  const ran = await runOkws(
    [
      "init",
      "--yes",
      "--server",
      "mine",
      "--endpoint",
      "okx-eea",
      "--subscribe",
      "tickers:BTC-EUR",
      "candle1m:BTC-EUR",
    ],
    inside,
  );
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(JSON.parse(ran.stdout), { file: "okws.yaml", written: true, secrets: [], variables: [] });
  assert.match(ran.stderr, /check -c okws\.yaml/);
  const checked = await runOkws(["check"], inside);
  assert.equal(checked.code, 0, checked.stderr);
  for (
    const text of ["wss://wseea.okx.com/ws/v5/business", "tickers:BTC-EUR", "candle1m:BTC-EUR", '"mine"']
  ) {
    assert.ok(checked.stdout.includes(text), `${text} in ${checked.stdout}`);
  }
});

Deno.test("init without a terminal needs no --yes, and its defaults are good", async () => {
  await using folder = await tempFolder();
  const ran = await runOkws(["init", "first.yaml"], { cwd: folder.path });
  assert.equal(ran.code, 0, ran.stderr);
  const checked = await runOkws(["check", "-c", "first.yaml"], { cwd: folder.path });
  assert.equal(checked.code, 0, checked.stderr);
});

Deno.test("from nothing to a watchlist with full charts it takes two commands, in English and in Chinese", async (t) => {
  await using mock = await startMock();
  for (const [language, written] of [["en", /Next: .*check/], ["zh", /下一步/]] as const) {
    await t.step(language, async () => {
      await using folder = await tempFolder();
      const store = `127.0.0.1:${freePort()}`;
      const http = `http://127.0.0.1:${freePort()}`;
      const env = {
        ...{ OKWS_LANG: language, OKWS_REDIS_URL: `embedded://${store}`, OKWS_HTTP: http.slice(7) },
        OKWS_CONFIG: undefined,
      };
      const inside = { cwd: folder.path, env };
      const start = performance.now();
      const ran = await runOkws(["init", "--yes", "--endpoint", mock.url], inside);
      assert.match(ran.stderr, written);
      await using service = startOkws(["serve"], inside);
      await service.waitForLine(/Serving the dashboard/);
      for (const path of ["candle1m:BTC-USDT", "candle1m:ETH-USDT", "trades:BTC-USDT"]) {
        await waitFor(`the rows before the start of ${path}`, async () => {
          const got = await runOkws(["get", path, "-n", "300"], inside);
          return got.code === 0 && JSON.parse(got.stdout).length === 300;
        });
      }
      assert.equal(
        await fetch(`${http}/readyz`).then(async (answer) => (await answer.text(), answer.status)),
        200,
      );
      assert.ok(performance.now() - start < 120_000);
      assert.equal(await service.stop(), 0);
    });
  }
});

Deno.test("init keeps secrets in the environment, and a file that holds one to its owner", async (t) => {
  await using folder = await tempFolder();
  await t.step("a login of the environment", async () => {
    const ran = await runOkws(["init", "a.yaml", "--login", "--subscribe", "account"], { cwd: folder.path });
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /Set before the start: OKX_API_KEY, OKX_SECRET, OKX_PASSPHRASE/);
    const env = { OKX_API_KEY: "k", OKX_SECRET: "s", OKX_PASSPHRASE: "p" };
    const checked = await runOkws(["check", "-c", "a.yaml"], { cwd: folder.path, env });
    assert.equal(checked.code, 0, checked.stderr);
    assertFails(await runOkws(["check", "-c", "a.yaml"], { cwd: folder.path }), 2, /OKX_SECRET.*not set/);
  });
  await t.step("a login as it is", async () => {
    const login = ["--api-key", "planted-key", "--secret", "planted-secret", "--passphrase", "planted-word"];
    const ran = await runOkws(["init", "b.yaml", ...login], { cwd: folder.path });
    assert.equal(ran.code, 0, ran.stderr);
    assert.ok(!(ran.stdout + ran.stderr).includes("planted"), ran.stderr);
    assert.match(
      ran.stderr,
      /It holds secrets \(servers\[0\]\.apiKey, servers\[0\]\.secret, servers\[0\]\.password\)/,
    );
    if (Deno.build.os !== "windows") assert.equal(await modeOf(`${folder.path}/b.yaml`), 0o600);
    const checked = await runOkws(["check", "-c", "b.yaml"], { cwd: folder.path });
    assert.equal(checked.code, 0, checked.stderr);
  });
  await t.step("a password of Redis", async () => {
    const ran = await runOkws(["init", "c.yaml", "--redis", "redis://u:planted@db:6379"], {
      cwd: folder.path,
    });
    assert.equal(ran.code, 0, ran.stderr);
    if (Deno.build.os !== "windows") assert.equal(await modeOf(`${folder.path}/c.yaml`), 0o600);
  });
});

Deno.test("init never replaces a file unless it is told to", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(file, "mine: 1\n");
  assertFails(
    await runOkws(["init", "--yes"], { cwd: folder.path }),
    1,
    /okws\.yaml is there already; --force replaces it/,
  );
  assert.equal(await Deno.readTextFile(file), "mine: 1\n");
  assert.equal((await runOkws(["init", "--yes", "--force"], { cwd: folder.path })).code, 0);
  assert.equal((await runOkws(["check"], { cwd: folder.path })).code, 0);
  assert.deepEqual(await namesIn(folder.path), ["okws.yaml"]);
});

Deno.test("init refuses what check would refuse, and writes nothing", async (t) => {
  await using folder = await tempFolder();
  const mistakes: [string[], RegExp][] = [
    [["--endpoint", "okx-ee"], /did you mean okx-eea\?/],
    [["--server", "a b"], /--server: has 1 to 64 letters/],
    [["--subscribe", "ticker:X"], /There is no channel "ticker"; did you mean tickers\?/],
    [["--subscribe", "{broken"], /channel/],
    [["--subscribe", "account"], /account needs a login/],
    [["--redis", "http://x"], /A Redis URL starts with/],
    [["--api-key", "k"], /missing: secret, password/],
  ];
  for (const [flags, reason] of mistakes) {
    await t.step(flags.join(" "), async () => {
      assertFails(await runOkws(["init", "--yes", ...flags], { cwd: folder.path }), 2, reason);
    });
  }
  assert.deepEqual(await namesIn(folder.path), []);
  assertFails(
    await runOkws(["init", "no/such/folder.yaml"], { cwd: folder.path }),
    1,
    /there is no such folder/,
  );
});

/** A test that needs a pseudo-terminal; `script` of util-linux makes one. */
const terminalTest = (name: string, fn: () => Promise<void>) => testWith(["Linux", "script"], name, fn);

terminalTest("init asks a person, again where an answer cannot be", async () => {
  await using folder = await tempFolder();
  const answers = ["b c", "mine", "okx-ee", "okx-eea", "", "ticker:X", "tickers:BTC-EUR", "y"];
  const shown = await typeInto(["init"], answers, folder.path);
  assert.match(shown, /1 to 64 letters/);
  assert.match(shown, /did you mean okx-eea\?/);
  assert.match(shown, /did you mean tickers\?/);
  assert.match(shown, /okws\.yaml is written/);
  const env = { OKX_API_KEY: "k", OKX_SECRET: "s", OKX_PASSPHRASE: "p" };
  const { code, stdout, stderr } = await runOkws(["check"], { cwd: folder.path, env });
  assert.equal(code, 0, stderr);
  for (const text of ['"mine"', "wseea.okx.com", "tickers:BTC-EUR"]) assert.ok(stdout.includes(text), stdout);
  assert.match(await Deno.readTextFile(`${folder.path}/okws.yaml`), /secret: "\$\{OKX_SECRET\}"/);
});

terminalTest("init writes nothing when the person leaves in the middle", async () => {
  await using folder = await tempFolder();
  const shown = await typeInto(["init"], ["mine", "\u0004"], folder.path);
  assert.match(shown, /nothing was written/);
  assert.deepEqual(await namesIn(folder.path), []);
});

/** Runs in a terminal and types lines into it, each when the question before it is there. */
async function typeInto(args: readonly string[], lines: readonly string[], cwd: string): Promise<string> {
  const command = commandLine(args).map((word) => `'${word}'`).join(" ");
  const others = Object.entries(Deno.env.toObject()).filter(([name]) => !/^(OKWS_|LC_|LANG)/.test(name));
  const child = new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    cwd,
    clearEnv: true,
    env: Object.fromEntries(others),
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const encoder = new TextEncoder();
  const waiting = [...lines];
  let shown = "";
  let asked = 0;
  const read = (async () => {
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      shown += part;
      const questions = shown.match(/(?:\]|there is none|none): $/gm)?.length ?? 0;
      if (questions <= asked && !/: $/.test(part)) continue;
      asked = questions;
      const line = waiting.shift();
      if (line !== undefined) await writer.write(encoder.encode(line === "\u0004" ? line : `${line}\n`));
    }
  })();
  try {
    await withTimeout("the end of the questions", Promise.all([read, child.status]), 30_000);
  } catch (error) {
    child.kill("SIGKILL");
    await child.status;
    throw new Error(`${error}\n${shown}`);
  } finally {
    await writer.close().catch(() => {});
  }
  return shown;
}

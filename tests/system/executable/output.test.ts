/** Readers of stdout and stderr that are full, gone or stuck. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { runOkws, startOkws } from "../../support/program.ts";
import { commandLine } from "../../support/program.ts";
import { waitFor, withTimeout } from "../../support/wait.ts";
import { startMock, tempFolder } from "./environment.ts";

const DEADLINE = { deadlineMs: 30_000 };

const LOGIN = { apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };

/** Runs the service with its stderr led elsewhere by a shell, and asks it over HTTP whether it serves. */
async function servesWith(redirection: string, stderr: "null" | "piped"): Promise<void> {
  await using folder = await tempFolder();
  await using mock = await startMock();
  const port = freePort();
  const config = {
    settings: { REDIS_URL: "embedded://127.0.0.1:0", HTTP: `127.0.0.1:${port}`, LOG_LEVEL: "debug" },
    servers: [{ name: "test", endpoint: mock.url, ...LOGIN }],
    subscribes: [{ server: "test", channels: ["tickers:ETH-USDT", "account:USDT"] }],
  };
  await Deno.writeTextFile(`${folder.path}/okws.yaml`, JSON.stringify(config));
  const words = commandLine(["serve", "-c", `${folder.path}/okws.yaml`]);
  const child = new Deno.Command("sh", {
    args: ["-c", `exec "$@" ${redirection}`, "sh", ...words],
    stdin: "null",
    stdout: "null",
    stderr,
  }).spawn();
  if (stderr === "piped") await child.stderr.cancel();
  let ended = false;
  const status = child.status.finally(() => ended = true);
  try {
    const rows = async (): Promise<number> => {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      return Number(/^okws_rows_total (\d+)$/m.exec(await response.text())?.[1] ?? 0);
    };
    await waitFor("rows", async () => ended || await rows().catch(() => 0) > 0, DEADLINE);
    // A signature was made too.
    await waitFor("live", async () => {
      const { ok, body } = await fetch(`http://127.0.0.1:${port}/readyz`);
      await body?.cancel();
      return ok;
    }, DEADLINE);
    const before = await rows();
    await waitFor("more rows", async () => await rows() > before, DEADLINE);
    child.kill("SIGTERM");
    const { code } = await withTimeout("the end", status, 20_000);
    assert.equal(code, 0);
  } finally {
    if (!ended) child.kill("SIGKILL");
    await status;
  }
}

if (Deno.build.os === "linux") {
  Deno.test("the service goes on with its log on a full disk", () => servesWith("2>/dev/full", "null"));

  Deno.test("the service goes on when the reader of its log has gone", () => servesWith("", "piped"));

  Deno.test("data that cannot be written is reported, and ends with 1", async () => {
    const [program, ...args] = commandLine(["--version"]);
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'exec "$@" >/dev/full', "sh", program, ...args],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stderr),
      /^okws: cannot write to stdout: the disk is full; .*\n$/,
    );
  });

  Deno.test("words that cannot be written do not change the exit code", async () => {
    const [program, ...args] = commandLine(["check", "-c", "/nonexistent/okws.yaml"]);
    const { code } = await new Deno.Command("sh", {
      args: ["-c", 'exec "$@" 2>/dev/full', "sh", program, ...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    assert.equal(code, 2);
  });
}

Deno.test("LOG_LEVEL gives single rooms a level of their own", async () => {
  const faulty = await runOkws(["serve", "--log-level", "info,sesion=debug"]);
  assert.equal(faulty.code, 2);
  assert.match(faulty.stderr, /LOG_LEVEL \(command line\): must be .*may name rooms \(control, http, /);
  await using service = startOkws(["serve", "--redis", "embedded://127.0.0.1:0", "--http", "off"], {
    env: { OKWS_LOG_LEVEL: "error,service=info", OKWS_LOG_FORMAT: "json" },
  });
  await service.waitForLine(/Listening for commands/);
  assert.equal(await service.stop("SIGTERM"), 0);
  for (const line of service.stderr) {
    const { logger, level } = JSON.parse(line) as { logger: string; level: string };
    assert.ok(logger === "okws.service" || level === "ERROR", line);
  }
});

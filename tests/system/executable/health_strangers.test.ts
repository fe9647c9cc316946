/** `okws health` believes okws alone, and of several the one that its file describes; no proxy answers in its place. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { runOkws, startOkws } from "../../support/program.ts";
import { assertFails, tempFolder } from "./environment.ts";

/** Says yes to everything, as a proxy or at a port that okws does not have. */
function startYes(port: number): AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, () => new Response("ok\n"));
  return { [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("health believes no stranger and no proxy", async () => {
  const [port, proxy] = [freePort(), freePort()];
  const url = `http://127.0.0.1:${port}`;
  await using _proxy = startYes(proxy);
  const env = Object.fromEntries(
    ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map((name) => [name, `http://127.0.0.1:${proxy}`]),
  );
  for (const host of ["127.0.0.1", "localhost"]) {
    const asked = await runOkws(["health", "--url", `http://${host}:${port}`], {
      env: { ...env, NODE_USE_ENV_PROXY: "1" },
    });
    assertFails(asked, 3, /nothing listens there/);
  }
  {
    await using _stranger = startYes(port);
    assertFails(await runOkws(["health", "--url", url]), 3, /What answers at http:.* is not okws/);
    assertFails(await runOkws(["health", "--live", "--url", url]), 3, /is not okws/);
  }
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const greeting = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("+PONG\r\n"));
      connection.close();
    }
  })();
  assertFails(await runOkws(["health", "--url", url]), 3, /does not speak HTTP/);
  listener.close();
  await greeting;
});

Deno.test("health takes no other okws for the one of its file", async () => {
  await using folder = await tempFolder();
  const HTTP = `127.0.0.1:${freePort()}`;
  const write = async (name: string, settings: Record<string, string>) => {
    const file = `${folder.path}/${name}.yaml`;
    await Deno.writeTextFile(
      file,
      JSON.stringify({ settings: { HTTP, REDIS_URL: "embedded://127.0.0.1:0", ...settings } }),
    );
    return file;
  };
  const mine = await write("mine", {});
  const others = [
    await write("prefix", { KEY_PREFIX: "other" }),
    await write("channel", { LISTEN_CHANNEL: "other" }),
    await write("redis", { REDIS_URL: "redis://redis.example:6379" }),
  ];
  // An option of the command line is not the file's: the health check has only that.
  await using service = startOkws(["serve", "-c", mine, "--redis", `embedded://127.0.0.1:${freePort()}`]);
  await service.waitForLine(/Listening for commands/);
  assert.equal((await runOkws(["health", "-c", mine])).code, 0);
  assert.equal((await runOkws(["health", "--url", `http://${HTTP}`])).code, 0);
  for (const file of others) {
    assertFails(await runOkws(["health", "-c", file]), 3, /Another okws answers at /);
  }
  assert.equal(await service.stop("SIGTERM"), 0);
});

/** A Redis, or a proxy before it, that quotes commands in its errors: no password or login comes out of anything. */
import assert from "node:assert/strict";
import { connect } from "../../src/client/client.ts";
import { RequestParser } from "../../src/embedded/resp.ts";
import { openInspector } from "../../src/store/redis/inspect.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import { freePort } from "../support/free_port.ts";
import { findPlanted, PLANTED } from "../support/planted.ts";
import { runOkws, startOkws } from "../support/program.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { waitFor } from "../support/wait.ts";

const password = PLANTED.redisPassword as string;

/** A server that takes logins or not, and answers all else with an error that quotes everything it was ever sent. */
function startQuoting(options: { login: boolean }): AsyncDisposable & { readonly url: string } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const received: string[][] = [];
  const quote = () =>
    `-ERR proxy: ${received.map((words) => `${words.join(" ")} ${JSON.stringify(words)}`).join(" ")}`
      .replace(/[\r\n]/g, " ").slice(0, 3000);
  const talk = async (socket: Deno.Conn) => {
    open.add(socket);
    const parser = new RequestParser();
    const piece = new Uint8Array(4096);
    try {
      for (let size = await socket.read(piece); size !== null; size = await socket.read(piece)) {
        parser.feed(piece.subarray(0, size));
        for (let words = parser.next(); Array.isArray(words); words = parser.next()) {
          const name = words[0]?.toLowerCase();
          if (name === "auth" || name === "hello" || name === "publish") received.push(words.map(fromBytes));
          const taken = options.login && (name === "auth" || name === "client" || name === "info");
          await socket.write(new TextEncoder().encode(taken ? "+OK\r\n" : `${quote()}\r\n`));
        }
      }
    } catch {
      // Closed by the client.
    } finally {
      if (open.delete(socket)) socket.close();
    }
  };
  const talks: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const socket of listener) talks.push(talk(socket));
  })();
  return {
    url: `redis://u:${encodeURIComponent(password)}@127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting.catch(() => {});
      for (const socket of [...open]) if (open.delete(socket)) socket.close();
      await Promise.all(talks);
    },
  };
}

/** The parser has a character for each byte. */
function fromBytes(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}

function assertClean(from: string, found: unknown): void {
  const text = typeof found === "string" ? found : Deno.inspect(found, { depth: 20, strAbbreviateSize: 1e6 });
  assert.deepEqual(findPlanted(text), [], `${from}: ${text}`);
}

async function errorOf(work: () => Promise<unknown>): Promise<unknown> {
  return await work().then((value) => assert.fail(`it worked: ${value}`), (error: unknown) => error);
}

for (const login of [true, false]) {
  Deno.test(`errors of a proxy that quotes commands are clean (login ${login ? "taken" : "refused"})`, async () => {
    await using proxy = startQuoting({ login });
    await using store = await openStore(proxy.url, { persistent: true });
    assertClean("reading", await errorOf(() => store.text("a")));
    assertClean(
      "publishing",
      await errorOf(() => store.publish("trade-ws", `{"secret":"${PLANTED.secret}"}`)),
    );
    if (login) {
      await using inspector = await openInspector(proxy.url, 2000);
      assertClean("a question", await errorOf(() => inspector.ask("TIME")));
      assertClean("listening", await errorOf(() => store.listen(["x"], AbortSignal.timeout(10_000))));
      await using client = await connect({ redisUrl: proxy.url });
      const { apiKey = "", secret = "", passphrase = "" } = PLANTED;
      assertClean(
        "a command",
        await errorOf(() => client.openWs("a", { apiKey, secret, password: passphrase })),
      );
    } else {
      assertClean("a question", await errorOf(() => openInspector(proxy.url, 2000)));
      assertClean("connecting", await errorOf(() => connect({ redisUrl: proxy.url })));
    }
  });
}

Deno.test("errors of a sentinel that quotes commands are clean", async () => {
  await using sentinel = startQuoting({ login: false });
  const address = new URL(sentinel.url).host;
  const url = `redis+sentinel://${address}/mymaster?sentinel_user=u&sentinel_password=${
    encodeURIComponent(password)
  }`;
  assertClean("opening", await errorOf(() => openStore(url)));
  assertClean("connecting", await errorOf(() => connect({ redisUrl: url })));
});

redisTest("a service whose Redis quotes its password shows it nowhere", async () => {
  await using redis = await startRedis({ args: ["--rename-command", "AUTH", ""] });
  const url = `redis://u:${encodeURIComponent(password)}@127.0.0.1:${redis.port}`;
  const port = freePort();
  // Shells that debug something else.
  const env = { DEBUG: "*", OKWS_ENDPOINT: "ws://127.0.0.1:1" };
  await using service = startOkws(["serve", "--redis", url, "--http", `127.0.0.1:${port}`], { env });
  await service.waitForLine(/unknown command/);
  for (const page of ["/readyz", "/api/state", "/metrics"]) {
    // The log may speak of Redis before the pages are served.
    const text = await waitFor(
      page,
      async () => await (await fetch(`http://127.0.0.1:${port}${page}`)).text(),
    );
    assertClean(page, text);
  }
  for (const args of [["client", "servers"], ["doctor", "--json"]]) {
    const { stdout, stderr } = await runOkws([...args, "--redis", url], { env });
    assertClean(args.join(" "), stdout + stderr);
    assert.match(stdout + stderr, /unknown command/);
  }
  await service.stop("SIGKILL");
  assertClean("the log", service.text());
});

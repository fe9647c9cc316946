/** The proxy that tests break networks with: it stalls, freezes, slows and cuts as it says. */
import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("what is stalled flows on when it is restored, on old and new connections", async () => {
  await using echo = startEcho();
  await using proxy = startProxy(echo.port);
  await using beside = startProxy(echo.port);
  using first = await open(proxy);
  using other = await open(beside);
  await first.say("one");
  await waitFor("the echo", () => first.received() === "one");
  proxy.stall();
  using second = await open(proxy);
  await first.say("two");
  await second.say("three");
  // What is said last, on a way that is not stalled, is answered.
  await other.say("four");
  await waitFor("the echo beside", () => other.received() === "four");
  assert.equal(first.received(), "one");
  assert.equal(second.received(), "");
  proxy.restore();
  await waitFor("what was stalled", () => first.received() === "onetwo" && second.received() === "three");
});

Deno.test("a frozen connection stays silent for ever without an end, others work", async () => {
  await using echo = startEcho();
  await using proxy = startProxy(echo.port);
  using frozen = await open(proxy);
  await frozen.say("one");
  await waitFor("the echo", () => frozen.received() === "one");
  proxy.freeze();
  await frozen.say("two");
  using other = await open(proxy);
  await other.say("three");
  await waitFor("the other", () => other.received() === "three");
  proxy.restore();
  await other.say("four");
  await waitFor("the other again", () => other.received() === "threefour");
  assert.equal(frozen.received(), "one");
  assert.equal(frozen.ended(), false);
});

Deno.test("a slowed connection gets its bytes late and in order", async () => {
  await using echo = startEcho();
  await using proxy = startProxy(echo.port);
  using client = await open(proxy);
  // A quarter of a minute for all of it.
  proxy.slow(10);
  const text = Array.from({ length: 50 }, (_, index) => `${index},`).join("");
  await client.say(text);
  await waitFor("the first bytes", () => client.received() !== "");
  assert.ok(client.received().length < text.length);
  proxy.restore();
  await waitFor("all of them", () => client.received() === text);
});

Deno.test("cut ends connections and refuses new ones until it is restored", async () => {
  await using echo = startEcho();
  await using proxy = startProxy(echo.port);
  using first = await open(proxy);
  proxy.cut();
  await waitFor("the end", () => first.ended());
  using refused = await open(proxy);
  await waitFor("the end of the new one", () => refused.ended());
  proxy.restore();
  using again = await open(proxy);
  await again.say("one");
  await waitFor("the echo", () => again.received() === "one");
});

function startEcho(): AsyncDisposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const work = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const connection of listener) {
      const copied = connection.readable.pipeTo(connection.writable).catch(() => {});
      work.add(copied);
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(work);
    },
  };
}

async function open(proxy: Proxy) {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
  let text = "";
  let over = false;
  const reading = (async () => {
    const buffer = new Uint8Array(4096);
    try {
      for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
        text += new TextDecoder().decode(buffer.subarray(0, count));
      }
    } catch {
      // Reset is an end too.
    }
    over = true;
  })();
  return {
    received: () => text,
    ended: () => over,
    say: async (words: string) => void await connection.write(new TextEncoder().encode(words)),
    [Symbol.dispose]() {
      connection.close();
      void reading;
    },
  };
}

/// <reference lib="dom" />
/** A page of somebody else, in a real Chromium, against the port of the embedded store. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { startEmbedded } from "../../../src/embedded/server.ts";
import { startBrowser } from "../../support/browser.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";

testWith(
  ["chromium"],
  "no way of a web page to send bytes has the embedded store carry anything out",
  async () => {
    const counts: number[] = [];
    await using store = startEmbedded({ onRefused: ({ foreign }) => counts.push(foreign) });
    await using pages = servePage();
    await using browser = await startBrowser();
    await browser.visit(pages.url, async ({ page }) => {
      await page.evaluate(attack, store.port);
      await waitFor("the connections of the page", () => counts.reduce((sum, each) => sum + each, 0) >= 5, {
        deadlineMs: 30_000,
      });
    }, { mayFail: true });
    const redis = new Redis(store.port, "127.0.0.1");
    try {
      assert.deepEqual(await redis.keys("*"), []);
    } finally {
      await redis.quit();
    }
  },
);

/** Everything that needs no permission of the other side, with commands wherever a page may choose the text. */
async function attack(port: number): Promise<void> {
  const commands = 'SET planted 1\r\nPUBLISH trade-ws "{\\"op\\":\\"quit_server\\"}"\r\n';
  const url = `http://127.0.0.1:${port}/`;
  const send = (path: string, init: RequestInit) => fetch(`${url}${path}`, { mode: "no-cors", ...init });
  const tries: Promise<unknown>[] = [
    send("", { method: "POST", body: commands }),
    send("", { method: "POST", body: new Blob([`\r\n${commands}`]) }),
    send(encodeURI(`x HTTP/1.1\r\n${commands}`), {}),
    send("", { method: "HEAD" }),
    fetch(url, { method: "PUT", body: commands }),
  ];
  await Promise.allSettled(tries);
  navigator.sendBeacon(url, commands);
  const form = new FormData();
  form.set(`a"\r\n${commands}`, `\r\n${commands}`);
  await send("", { method: "POST", body: form }).catch(() => {});
  await new Promise<void>((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    socket.onclose = () => resolve();
  });
  await fetch(`https://127.0.0.1:${port}/`, { mode: "no-cors" }).catch(() => {});
}

function servePage(): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      new Response("<!doctype html><title>somebody else</title>", {
        headers: { "content-type": "text/html" },
      }),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

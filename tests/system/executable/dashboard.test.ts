/** The dashboard as the program serves it: every file of the page is inside, and its streams send the present state. */
import assert from "node:assert/strict";
import { startOkws } from "../../support/program.ts";
import { waitFor } from "../../support/wait.ts";

const STREAM = "GET /api/rows?server=demo&path=tickers:BTC-USDT HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

Deno.test("the program serves its page and everything that the page asks for", async () => {
  await using demo = startOkws(["demo", "--seconds", "60"]);
  const [url] = await demo.waitForLine(/http:\/\/127\.0\.0\.1:\d+(?=\/)/);
  const get = async (path: string) => {
    const response = await fetch(url + path);
    return { type: response.headers.get("content-type") ?? "", text: await response.text(), response };
  };
  const page = await get("/");
  assert.match(page.type, /^text\/html/);
  assert.match(
    page.response.headers.get("content-security-policy") ?? "",
    /^default-src 'none'; script-src 'self'/,
  );
  const asked = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path as string);
  assert.ok(asked.includes("/app.js") && asked.includes("/style.css"), asked.join());
  for (const path of [...asked, "/charts.js"]) {
    const { response, text } = await get(path);
    assert.equal(response.status, 200, path);
    assert.ok(text.length > 200, path);
  }
  assert.match((await get("/charts.js")).text, /Lightweight Charts/);
  await waitFor("the service to be ready", async () => (await get("/readyz")).response.status === 200);
  const rows = await fetch(`${url}/api/rows?server=demo&path=tickers:BTC-USDT`);
  const reader = rows.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  await waitFor("two rows", async () => {
    text += (await reader?.read())?.value ?? "";
    return /event: snapshot[^]*event: rows\ndata: .*"last":"[\d.]+"/.test(text);
  });
  await reader?.cancel();
  // A client that leaves connections open, idle or in the middle of a request, does not hold up the end, nor spoil it.
  const { hostname, port } = new URL(url as string);
  const left = await Promise.all(["", "GET / HTTP/1.1\r\nHost:", STREAM].map(async (text) => {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(text));
    return connection;
  }));
  using _ = { [Symbol.dispose]: () => left.forEach((each) => each.close()) };
  assert.equal(await demo.stop("SIGINT"), 0, demo.text());
});

import assert from "node:assert/strict";
import { createHandler } from "../../../src/http/handler.ts";
import type { View } from "../../../src/http/view.ts";
import { createStats } from "../../../src/stats.ts";

function viewOf(more: Partial<View> = {}): View {
  return { version: "2.0.0", stopping: false, outage: "", stats: createStats(0), servers: [], ...more };
}

/** One server whose paths have these states. */
function serverOf(name: string, states: Record<string, string>): View["servers"][number] {
  const subscriptions = Object.entries(states).map(([path, state]) => ({ path, state, error: null }));
  return { name, connections: [{ endpoint: "public", state: "connected", lastError: "" }], subscriptions };
}

async function get(
  view: View,
  path: string,
  method = "GET",
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await createHandler(() => view)(new Request(`http://127.0.0.1:8787${path}`, { method }));
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** Samples of the Prometheus text format, by name with labels. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const match = /^([a-z_]+(?:\{[^}]*\})?) (-?[0-9.e+]+)$/.exec(line);
    assert.ok(match !== null, `not a sample: ${line}`);
    found.set(match[1] as string, Number(match[2]));
  }
  return found;
}

Deno.test("/livez says that the process is alive, whatever else is wrong", async () => {
  const { status, text } = await get(viewOf({ stopping: true, outage: "away" }), "/livez");
  assert.deepEqual([status, text], [200, "ok\n"]);
});

Deno.test("/readyz is 200 when everything wanted is live or was refused for good", async () => {
  const servers = [serverOf("test", { "tickers:A": "live", "tickers:B": "refused" })];
  const { status, text } = await get(viewOf({ servers }), "/readyz");
  assert.deepEqual([status, text], [200, "ok\n"]);
});

Deno.test("/readyz is 503 and names each fault on a line of its own", async (t) => {
  const table: [string, Partial<View>, string][] = [
    ["stopping", { stopping: true }, "stopping"],
    ["Redis is away", { outage: "Redis is away: lost" }, "Redis is away: lost"],
    ["a path is stale", { servers: [serverOf("test", { "tickers:A": "stale" })] }, "test tickers:A is stale"],
    [
      "a path is not sent",
      { servers: [serverOf("test", { "tickers:A": "wanted" })] },
      "test tickers:A is wanted",
    ],
    ["no answer yet", { servers: [serverOf("test", { "tickers:A": "sent" })] }, "test tickers:A is sent"],
  ];
  for (const [title, view, line] of table) {
    await t.step(title, async () => {
      const { status, text } = await get(viewOf(view), "/readyz");
      assert.deepEqual([status, text], [503, `${line}\n`]);
    });
  }
  await t.step("several at once", async () => {
    const servers = [serverOf("a", { "tickers:A": "stale" }), serverOf("b", { "tickers:B": "sent" })];
    const { text } = await get(viewOf({ outage: "away", servers }), "/readyz");
    assert.deepEqual(text.trimEnd().split("\n"), ["away", "a tickers:A is stale", "b tickers:B is sent"]);
  });
});

Deno.test("/readyz does not list thousands of paths", async () => {
  const states = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`tickers:C${i}`, "stale"]));
  const { text } = await get(viewOf({ servers: [serverOf("test", states)] }), "/readyz");
  assert.ok(text.split("\n").length <= 150);
});

Deno.test("/metrics speaks the Prometheus text format", async () => {
  const stats = { ...createStats(0), messages: 12, dropped: 3, queuedBytes: 4096, batchMs: 1.25 };
  const servers = [serverOf("test", { "tickers:A": "live", "tickers:B": "live", "tickers:C": "stale" })];
  const { status, text, headers } = await get(viewOf({ stats, servers }), "/metrics");
  assert.equal(status, 200);
  assert.match(headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const found = samples(text);
  const expected = {
    okws_messages_total: 12,
    okws_dropped_total: 3,
    okws_queued_bytes: 4096,
    okws_batch_milliseconds: 1.25,
    okws_ready: 0,
    'okws_build_info{version="2.0.0"}': 1,
    'okws_subscriptions{server="test",state="live"}': 2,
    'okws_subscriptions{server="test",state="stale"}': 1,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(found.get(name), value, name);
  const named = new Set([...found.keys()].map((name) => name.split("{")[0] as string));
  for (const name of named) {
    assert.match(text, new RegExp(`^# HELP ${name} \\S`, "m"));
    assert.match(text, new RegExp(`^# TYPE ${name} (counter|gauge)$`, "m"));
  }
});

Deno.test("/metrics declares totals as counters", async () => {
  const { text } = await get(viewOf(), "/metrics");
  const declared = [...text.matchAll(/^# TYPE (\w+_total) (\w+)$/gm)].map(([, name, type]) => [name, type]);
  assert.ok(declared.length >= 15);
  for (const [name, type] of declared) assert.equal(type, "counter", name);
});

Deno.test("/metrics can be scraped again and again, and is 1 for ready", async () => {
  const handler = createHandler(() => viewOf());
  for (let i = 0; i < 3; i++) {
    const response = await handler(new Request("http://127.0.0.1/metrics"));
    assert.equal(samples(await response.text()).get("okws_ready"), 1);
  }
});

Deno.test("/api/state is the view as JSON", async () => {
  const view = viewOf({ servers: [serverOf("test", { "tickers:A": "live" })] });
  const { status, text, headers } = await get(view, "/api/state");
  assert.equal(status, 200);
  assert.match(headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(view)));
});

Deno.test("the handler answers from what the view is at that moment", async () => {
  let outage = "";
  const handler = createHandler(() => viewOf({ outage }));
  const status = async () => (await handler(new Request("http://127.0.0.1/readyz"))).status;
  assert.equal(await status(), 200);
  outage = "away";
  assert.equal(await status(), 503);
});

Deno.test("the handler answers 404 for what is not there and for what it does not do", async () => {
  assert.equal((await get(viewOf(), "/nothing")).status, 404);
  assert.equal((await get(viewOf(), "/livez/x")).status, 404);
  assert.equal((await get(viewOf(), "/api/state", "POST")).status, 404);
});

Deno.test("the handler forbids caching and sniffing on every page", async () => {
  for (const path of ["/livez", "/readyz", "/metrics", "/api/state", "/nothing"]) {
    const { headers } = await get(viewOf(), path);
    assert.equal(headers.get("cache-control"), "no-store", path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.ok(headers.has("content-security-policy"), path);
  }
});

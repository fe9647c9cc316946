/**
 * The pages for machines, from views made by hand. The file is long because every page and every reason for not being
 * ready is a case of its own.
 */
import assert from "node:assert/strict";
import type { Access } from "../../../src/http/guard.ts";
import { createHandler as createWith } from "../../../src/http/handler.ts";
import { observe } from "../../../src/shared/histogram.ts";
import type { View } from "../../../src/http/view.ts";
import { createStats } from "../../../src/model/stats.ts";

function viewOf(more: Partial<View> = {}): View {
  return { version: "2.0.0", stopping: false, outage: "", stats: createStats(0), servers: [], ...more };
}

const IDENTITY = { instance: "one", service: "two" };
const ACCESS = { hostname: "127.0.0.1", user: "okws", password: undefined };

/** Each login is looked at once and at once. */
const LOGINS = { try: (_: string, isRight: () => boolean) => Promise.resolve(isRight()) };

function createHandler(view: () => View): (request: Request) => Promise<Response> {
  const handle = createWith({ view, access: ACCESS, identity: IDENTITY, logins: LOGINS });
  return (request) => handle(request, "127.0.0.1");
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
    const match = /^([a-zA-Z_]+(?:\{[^}]*\})?) (-?[0-9.e+]+)$/.exec(line);
    assert.ok(match !== null, `not a sample: ${line}`);
    found.set(match[1] as string, Number(match[2]));
  }
  return found;
}

Deno.test("/livez says that the process is alive, whatever else is wrong", async () => {
  const { status, text } = await get(viewOf({ stopping: true, outage: "away" }), "/livez");
  assert.deepEqual([status, text], [200, "ok\n"]);
});

Deno.test("/readyz is 200 when everything desired is live or was refused for good", async () => {
  const servers = [serverOf("test", { "tickers:A": "live", "tickers:B": "refused" })];
  const { status, text } = await get(viewOf({ servers }), "/readyz");
  assert.deepEqual([status, text], [200, "ok\n"]);
});

Deno.test("/readyz is 503 and names each fault on a line of its own", async (t) => {
  const table: [string, Partial<View>, string][] = [
    ["what is wanted is not known yet", { starting: true }, "starting"],
    ["stopping", { stopping: true }, "stopping"],
    ["Redis is away", { outage: "Redis is away: lost" }, "Redis is away: lost"],
    [
      "a path is stale",
      { servers: [serverOf("test", { "tickers:A": "stale" })] },
      `test tickers:A is stale: ${UNCONFIRMED}`,
    ],
    [
      "a path is not sent",
      { servers: [serverOf("test", { "tickers:A": "wanted" })] },
      "test tickers:A is wanted: it has not been asked for yet",
    ],
    [
      "no answer yet",
      { servers: [serverOf("test", { "tickers:A": "sent" })] },
      `test tickers:A is sent: ${UNANSWERED}`,
    ],
    [
      "the reason is known, and when it is tried again",
      {
        servers: [{
          ...serverOf("test", {}),
          subscriptions: [{ path: "tickers:A", state: "wanted", error: refusedDial() }],
        }],
      },
      "test tickers:A is wanted: nobody listens; next attempt in 60 s",
    ],
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
    assert.deepEqual(text.trimEnd().split("\n"), [
      "away",
      `a tickers:A is stale: ${UNCONFIRMED}`,
      `b tickers:B is sent: ${UNANSWERED}`,
    ]);
  });
});

const UNCONFIRMED = "what is there is of before, and nothing has confirmed it yet";
const UNANSWERED = "the exchange has not answered yet";

function refusedDial() {
  return { code: "connect", message: "nobody listens", nextAt: Date.now() + 60_000 };
}

Deno.test("/readyz as JSON names path, state, code and time of the next attempt, and what was refused", async () => {
  const error = refusedDial();
  const refusal = { code: "60018", message: "there is no such instrument" };
  const subscriptions = [
    { path: "tickers:A", state: "stale", error },
    { path: "tickers:B", state: "refused", error: refusal },
    { path: "tickers:C", state: "live", error: null },
  ];
  const servers = [{ ...serverOf("test", {}), subscriptions }];
  const { status, text } = await get(viewOf({ servers }), "/readyz?format=json");
  assert.equal(status, 503);
  assert.deepEqual(JSON.parse(text), {
    ready: false,
    refused: 1,
    faults: [{ server: "test", path: "tickers:A", state: "stale", ...error }],
    warnings: [{ server: "test", path: "tickers:B", state: "refused", ...refusal }],
  });
  const calm = await get(
    viewOf({ servers: [{ ...serverOf("test", {}), subscriptions: subscriptions.slice(1) }] }),
    "/readyz",
  );
  assert.deepEqual([calm.status, calm.text], [200, "ok\n"], "waiting does not change what is refused");
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
  const named = new Set(
    [...found.keys()].map((name) => (name.split("{")[0] as string).replace(/_(bucket|sum|count)$/, "")),
  );
  for (const name of named) {
    assert.match(text, new RegExp(`^# HELP ${name} \\S`, "m"));
    assert.match(text, new RegExp(`^# TYPE ${name} (counter|gauge|histogram)$`, "m"));
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
  const posted = await get(viewOf(), "/api/state", "POST");
  assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"]);
});

Deno.test("the handler forbids caching and sniffing on every page", async () => {
  for (const path of ["/livez", "/readyz", "/metrics", "/api/state", "/nothing"]) {
    const { headers } = await get(viewOf(), path);
    assert.equal(headers.get("cache-control"), "no-store", path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.ok(headers.has("content-security-policy"), path);
  }
});

/** A live path that is promised every 10 seconds and last brought something `ageMs` ago. */
function promised(ageMs: number, more: Partial<View["servers"][number]["subscriptions"][number]> = {}) {
  const now = Date.now();
  const path = { path: "mark-price:A", state: "live", error: null, everyMs: 10_000, rows: 1 };
  return { ...path, since: now - 100_000, receivedAt: now - ageMs, ...more };
}

function viewWith(path: View["servers"][number]["subscriptions"][number]): View {
  return viewOf({ servers: [{ name: "test", connections: [], subscriptions: [path] }] });
}

Deno.test("/readyz says of a promised path that it is overdue, though it is live", async () => {
  assert.equal((await get(viewWith(promised(12_000)), "/readyz")).status, 200);
  const late = await get(viewWith(promised(34_000)), "/readyz");
  assert.deepEqual(
    [late.status, late.text],
    [503, "test mark-price:A is overdue: its newest row is 34 s old, promised every 10 s\n"],
  );
  const never = await get(viewWith(promised(0, { receivedAt: 0 })), "/readyz");
  assert.match(
    never.text,
    /^test mark-price:A is overdue: nothing has come for 100 s, promised every 10 s\n$/,
  );
  const justLive = promised(0, { receivedAt: 0, since: Date.now() - 100 });
  assert.equal((await get(viewWith(justLive), "/readyz")).status, 200);
});

Deno.test("/readyz judges a promised path by its newest row, however lately it became live", async () => {
  const acknowledged = promised(34_000, { since: Date.now() - 100 });
  const { status, text } = await get(viewWith(acknowledged), "/readyz");
  assert.deepEqual(
    [status, text],
    [503, "test mark-price:A is overdue: its newest row is 34 s old, promised every 10 s\n"],
  );
});

Deno.test("/readyz does not ask the age of a path that may rightly be quiet", async () => {
  assert.equal((await get(viewWith(promised(3_600_000, { everyMs: null })), "/readyz")).status, 200);
});

Deno.test("/readyz says of a Redis that it does not answer before the batch counts as lost", async () => {
  const stats = { ...createStats(0), writingSince: Date.now() - 7000 };
  const { status, text } = await get(viewOf({ stats }), "/readyz");
  assert.deepEqual([status, text], [503, "Redis has not answered for 7 s\n"]);
  assert.equal((await get(viewOf({ stats: { ...stats, writingSince: Date.now() } }), "/readyz")).status, 200);
});

Deno.test("/metrics has histograms whose buckets count up to their bounds", async () => {
  const stats = createStats(0);
  observe(stats.writtenSeconds, 0.0003, 3);
  observe(stats.writtenSeconds, 0.02);
  observe(stats.writtenSeconds, 60);
  const { text } = await get(viewOf({ stats }), "/metrics");
  const bucket = (bound: string) => `okws_receive_to_written_seconds_bucket{le="${bound}"}`;
  const found = samples(text);
  assert.equal(found.get(bucket("0.00025")), 0);
  assert.equal(found.get(bucket("0.0005")), 3);
  assert.equal(found.get(bucket("0.025")), 4);
  assert.equal(found.get(bucket("10")), 4);
  assert.equal(found.get(bucket("+Inf")), 5);
  assert.equal(found.get("okws_receive_to_written_seconds_count"), 5);
  assert.ok(Math.abs((found.get("okws_receive_to_written_seconds_sum") ?? 0) - 60.0209) < 1e-6);
});

Deno.test("/metrics has ages, clock and connections of each server", async () => {
  const connection = (state: string) => ({ endpoint: "public", state, lastError: "" });
  const view = viewOf({
    servers: [{
      name: "test",
      clockSkewMs: -250,
      connections: [connection("connected"), connection("waiting")],
      subscriptions: [
        promised(40_000),
        promised(30_000, { path: "mark-price:B", state: "stale" }),
        promised(5000, { path: "mark-price:C", state: "stale" }),
        promised(500, { path: "tickers:A", everyMs: null }),
        promised(9_000_000, { path: "tickers:B", everyMs: null }),
      ],
    }],
  });
  const found = samples((await get(view, "/metrics")).text);
  const about = (name: string, value: number) => {
    const is = found.get(`${name}{server="test"}`) ?? NaN;
    assert.ok(Math.abs(is - value) < 2, `${name} is ${is}`);
  };
  about("okws_oldest_data_seconds", 40);
  about("okws_silence_seconds", 0.5);
  assert.equal(found.get('okws_overdue{server="test"}'), 2);
  assert.equal(found.get('okws_clock_skew_seconds{server="test"}'), -0.25);
  assert.equal(found.get('okws_connections{server="test",state="connected"}'), 1);
  assert.equal(found.get('okws_connections{server="test",state="waiting"}'), 1);
  assert.equal(found.get('okws_connections{server="test",state="idle"}'), 0);
  assert.ok((found.get("process_resident_memory_bytes") ?? 0) > 1e6);
});

/** A request as a browser or a probe sends it. */
async function ask(
  access: Access,
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const view = viewOf({ outage: "Redis is away" });
  const response = await createWith({ view: () => view, access, identity: IDENTITY, logins: LOGINS })(
    new Request(url, { headers }),
    "127.0.0.1",
  );
  return { status: response.status, text: await response.text(), headers: response.headers };
}

Deno.test("without a password only names of this machine are answered", async (t) => {
  const table: [string, number][] = [
    ["http://127.0.0.1:8787/metrics", 200],
    ["http://127.9.9.9/metrics", 200],
    ["http://localhost:8787/metrics", 200],
    ["http://[::1]:8787/metrics", 200],
    ["http://evil.example:8787/metrics", 403],
    ["http://127.0.0.1.evil.example/metrics", 403],
    ["http://192.168.1.7:8787/livez", 403],
  ];
  for (const [url, status] of table) {
    await t.step(url, async () => assert.equal((await ask(ACCESS, url)).status, status));
  }
});

Deno.test("with a password every name is answered, and nothing is reported without it", async () => {
  const access = { hostname: "0.0.0.0", user: "okws", password: "correct horse" };
  const basic = (text: string) => ({ authorization: `Basic ${btoa(text)}` });
  const url = "http://monitor.example";
  for (const path of ["/", "/metrics", "/api/state", "/nowhere"]) {
    const { status, headers } = await ask(access, url + path);
    assert.equal(status, 401, path);
    assert.match(headers.get("www-authenticate") ?? "", /^Basic realm="okws"/);
    assert.equal((await ask(access, url + path, basic("okws:correct hors"))).status, 401);
    assert.equal((await ask(access, url + path, basic("root:correct horse"))).status, 401);
    assert.equal((await ask(access, url + path, { authorization: "Basic !" })).status, 401);
  }
  assert.equal((await ask(access, `${url}/metrics`, basic("okws:correct horse"))).status, 200);
  assert.deepEqual((await ask(access, `${url}/livez`)).text, "ok\n");
  const closed = await ask(access, `${url}/readyz`);
  assert.deepEqual([closed.status, closed.text], [503, "not ready; give the password to read why\n"]);
  assert.equal((await ask(access, `${url}/readyz`, basic("okws:correct horse"))).text, "Redis is away\n");
});

Deno.test("other sites cannot open streams, and addresses have a longest length", async () => {
  const crossed = await ask(ACCESS, "http://127.0.0.1/api/events", { "sec-fetch-site": "cross-site" });
  assert.equal(crossed.status, 403);
  assert.equal((await ask(ACCESS, `http://127.0.0.1/${"x".repeat(5000)}`)).status, 414);
});

Deno.test("/readyz of a shard says as JSON which one it is", async () => {
  const { text } = await get(viewOf({ shard: "2/3" }), "/readyz?format=json");
  assert.equal(JSON.parse(text).shard, "2/3");
  assert.equal("shard" in JSON.parse((await get(viewOf({}), "/readyz?format=json")).text), false);
});

Deno.test("/readyz of a standby says whether it could take over", async () => {
  const lease = { role: "standby", epoch: 0, ageMs: null } as const;
  const warm = serverOf("test", { "tickers:A": "syncing" });
  const lost = { ...warm, connections: [{ endpoint: "public", state: "waiting", lastError: "it hung up" }] };
  const cold: View["servers"] = [];
  const standby = (more: Partial<View>) => viewOf({ lease, starting: true, ...more });
  for (
    const servers of [[warm], cold, [{ ...warm, connections: [...warm.connections, ...lost.connections] }]]
  ) {
    const { status, text } = await get(standby({ servers }), "/readyz");
    assert.deepEqual([status, text], [200, "standby\n"]);
    assert.equal((await get(standby({ servers }), "/readyz?role=active")).status, 503);
  }
  const unreached = await get(standby({ servers: [warm, { ...lost, name: "other" }] }), "/readyz");
  assert.equal(unreached.status, 503);
  assert.equal(unreached.text, "other: no connection to the exchange is open: it hung up\n");
  const away = await get(standby({ servers: cold, outage: "Redis is away" }), "/readyz?format=json");
  assert.equal(away.status, 503);
  const { ready, role, faults } = JSON.parse(away.text);
  assert.deepEqual([ready, role, faults.length], [false, "standby", 1]);
  const stats = { ...createStats(0), answeredAt: Date.now() - 60_000 };
  const silent = await get(standby({ servers: [warm], stats }), "/readyz");
  assert.match(silent.text, /^Redis has not answered for \d+ s\n$/);
  assert.equal(samples((await get(standby({ servers: [warm] }), "/metrics")).text).get("okws_ready"), 1);
  assert.equal(samples((await get(standby({ servers: [lost] }), "/metrics")).text).get("okws_ready"), 0);
});

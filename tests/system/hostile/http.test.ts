/** HTTP clients that mean no good, over real sockets: others are answered, rows go on arriving, memory stays bounded. */
import assert from "node:assert/strict";
import { startHostileOkx } from "../../support/hostile_okx.ts";
import {
  type ServiceUnderTest,
  startServiceUnderTest,
  waitForField,
} from "../../support/service_under_test.ts";
import { connectTcp, type TcpClient } from "../../support/tcp_client.ts";
import { waitFor } from "../../support/wait.ts";

/** A connection to the pages of a service. */
function dial(service: ServiceUnderTest): Promise<TcpClient> {
  const { hostname, port } = new URL(service.httpUrl);
  return connectTcp({ hostname, port: Number(port) });
}

/** Runs an action while many sockets are open, and closes them whatever happens. */
async function withMany(
  service: ServiceUnderTest,
  count: number,
  action: (all: TcpClient[]) => Promise<void>,
): Promise<void> {
  const all: TcpClient[] = [];
  try {
    for (let i = 0; i < count; i++) all.push(await dial(service));
    await action(all);
  } finally {
    await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
  }
}

/** Asks for pages of every kind at once; each is answered, or refused. */
async function requestAll(service: ServiceUnderTest, count: number): Promise<void> {
  const paths = ["/livez", "/readyz", "/metrics", "/api/state", "/", "/nowhere"];
  const answers = await Promise.all(Array.from({ length: count }, async (_, i) => {
    const response = await fetch(`${service.httpUrl}${paths[i % paths.length]}`, {
      signal: AbortSignal.timeout(60_000),
    });
    await response.body?.cancel();
    return response.status;
  }));
  assert.ok(
    answers.every((status) => [200, 404, 503].includes(status)),
    JSON.stringify([...new Set(answers)]),
  );
}

/** Runs an action while as many streams are open as are given. */
async function withStreams(
  service: ServiceUnderTest,
  count: number,
  action: () => Promise<void>,
): Promise<void> {
  const streams = await Promise.all(
    Array.from(
      { length: count },
      () => fetch(`${service.httpUrl}/api/events`, { signal: AbortSignal.timeout(60_000) }),
    ),
  );
  try {
    const open = streams.filter(({ status }) => status === 200).length;
    assert.ok(open >= 1 && open < count, `${open} are open`);
    await action();
  } finally {
    await Promise.all(streams.map(({ body }) => body?.cancel()));
  }
}

Deno.test("a thousand clients, slow ones, idle ones and long requests do not hold up anybody else", async (t) => {
  await using okx = startHostileOkx();
  await using service = await startServiceUnderTest({
    endpoint: okx.url,
    channels: ["tickers:BTC-USDT"],
    http: true,
  });
  let count = 0;
  /** A page is answered and a row arrives. */
  const works = async (deadlineMs = 15_000) => {
    const response = await fetch(`${service.httpUrl}/livez`, { signal: AbortSignal.timeout(deadlineMs) });
    assert.equal(await response.text(), "ok\n");
    const last = `row-${++count}`;
    await okx.push({ channel: "tickers", instId: "BTC-USDT" }, [{
      instId: "BTC-USDT",
      last,
      ts: "1700000000000",
    }]);
    await waitForField(service.redis, "okex/test/tickers:BTC-USDT", ["last", last], deadlineMs);
    assert.ok(service.alive);
  };
  await waitFor("the exchange", () => okx.socket()?.requests.length);
  await works();
  const host = new URL(service.httpUrl).host;

  await t.step("a thousand requests at once", async () => {
    await requestAll(service, 1000);
    await works();
  });
  await t.step("a thousand streams at once", async () => {
    await withStreams(service, 1000, works);
    await works();
  });
  await t.step("a thousand connections that say nothing more after a request", async () => {
    await withMany(service, 1000, async (all) => {
      await Promise.all(all.map((each) => each.send(`GET /livez HTTP/1.1\r\nhost: ${host}\r\n\r\n`)));
      await waitFor(
        "an answer to each",
        () => all.every(({ answered }) => answered.text.includes("200 OK")),
        {
          deadlineMs: 30_000,
        },
      );
      await works();
    });
  });
  await t.step("five hundred connections that send a header letter by letter and never end it", async () => {
    await withMany(service, 500, async (all) => {
      await Promise.all(all.map((each) => each.send("GET /livez HTTP/1.1\r\n")));
      for (const letter of "x-slow") await Promise.all(all.map((each) => each.send(letter)));
      await works();
    });
  });
  await t.step("streams whose readers do not read", async () => {
    const { hostname, port } = new URL(service.httpUrl);
    const deaf = await Promise.all(Array.from({ length: 50 }, async () => {
      const socket = await Deno.connect({ hostname, port: Number(port) });
      await socket.write(new TextEncoder().encode(`GET /api/events HTTP/1.1\r\nhost: ${host}\r\n\r\n`));
      return socket;
    }));
    try {
      for (let i = 0; i < 20; i++) await works();
    } finally {
      for (const socket of deaf) socket.close();
    }
  });
  for (const [name, text, words] of malformed(host)) {
    await t.step(name, async () => {
      await withMany(service, 10, async (all) => {
        await Promise.all(all.map((each) => each.send(text)));
        await waitFor(
          "an end or an answer",
          () => all.every(({ answered }) => answered.isOver || answered.text !== ""),
          {
            deadlineMs: 30_000,
          },
        );
        for (const { answered } of all) assert.match(answered.text, words, answered.text.slice(0, 200));
        await works();
      });
    });
  }
  await t.step("a thousand bodies that never come", async () => {
    await withMany(service, 500, async (all) => {
      const text = `GET /livez HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 100000000\r\n\r\n`;
      await Promise.all(all.map((each) => each.send(text)));
      await works();
    });
  });
  await works();
  const peak = service.peakMb();
  if (peak !== undefined) assert.ok(peak < 900, `${Math.round(peak)} MB`);
});

/** Requests that no client of good will sends, and what is answered at most. */
function malformed(host: string): [string, string, RegExp][] {
  return [
    [
      "an endless address",
      `GET /${"a".repeat(5_000_000)} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
      /^(HTTP\/1\.1 4\d\d|$)/,
    ],
    [
      "an address of 10 KB",
      `GET /${"a".repeat(10_000)} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
      /414/,
    ],
    [
      "an endless header",
      `GET /livez HTTP/1.1\r\nhost: ${host}\r\nx: ${"a".repeat(5_000_000)}\r\n\r\n`,
      /^(HTTP\/1\.1 4\d\d|$)/,
    ],
    [
      "a hundred thousand headers",
      `GET /livez HTTP/1.1\r\nhost: ${host}\r\n${"x: y\r\n".repeat(100_000)}\r\n`,
      /^(HTTP\/1\.1 4\d\d|$)/,
    ],
    [
      "a huge body",
      `POST /livez HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-length: 200000000\r\n\r\n${
        "a".repeat(20_000_000)
      }`,
      /405|^$/,
    ],
    ["no HTTP at all", `\0\x01\x02${"\xff".repeat(10_000)}\r\n\r\n`, /^(HTTP\/1\.1 4\d\d|$)/],
  ];
}

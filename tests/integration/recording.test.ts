/** A service that records: every frame of its connections, no login, and nothing else of it changes. */
import { CODECS } from "../../src/okx/codec.ts";
import assert from "node:assert/strict";
import { readFrames } from "../../src/recording/frames.ts";
import { readRecording } from "../../src/recording/reader.ts";
import { summarize } from "../../src/recording/summary.ts";
import { healthy, startFakeOkx } from "../support/fake_okx.ts";
import { readAll, tempFolder } from "../support/recording.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATH = "tickers:BTC-USDT";
const ARG = { channel: "tickers", instId: "BTC-USDT" };
const LOGIN = { apiKey: "key-0123456789", secret: "secret-0123456789", password: "pass-0123456789" };

function ticker(last: number): Record<string, string> {
  return { instType: "SPOT", instId: "BTC-USDT", last: String(last), ts: String(1_795_866_374_000 + last) };
}

Deno.test("a service records what it receives and sends, over a lost connection, and no login", async () => {
  await using folder = await tempFolder();
  await using okx = startFakeOkx();
  const run = await startService({
    endpoint: okx.url,
    settings: { RECORD: folder.path },
    servers: [{ name: "test", ...LOGIN }],
    channels: [PATH, "account"],
  });
  try {
    await waitFor("live", async () => (await run.sub(PATH))?.state === "live");
    await waitFor(
      "a login",
      () => okx.at("private").some(({ requests }) => requests.some(({ op }) => op === "login")),
    );
    okx.current()?.push(ARG, [ticker(1)]);
    await waitFor("the row", async () => (await run.sub(PATH))?.rows === 1);
    okx.current()?.drop();
    await waitFor("a second connection", () => okx.at("public").length === 2);
    await waitFor("live again", async () => (await run.sub(PATH))?.state === "live");
    okx.current()?.push(ARG, [ticker(2)]);
    await waitFor("the next row", async () => (await run.sub(PATH))?.rows === 2);
    const { recorded, unrecorded } = run.service.view().stats;
    assert.ok(recorded >= 6, String(recorded));
    assert.equal(unrecorded, 0);
  } finally {
    await run[Symbol.asyncDispose]();
  }
  const { entries, texts, notes } = await readAll(folder.path);
  assert.deepEqual(notes, []);
  const pushed = texts.filter((text) => text.includes('"last"')).map((text) => JSON.parse(text).data[0].last);
  assert.deepEqual(pushed, ["1", "2"]);
  const urls = entries.flatMap((entry) => entry.kind === "open" ? [new URL(entry.of.url).pathname] : []);
  assert.equal(urls.filter((url) => url === "/ws/v5/public").length, 2);
  assert.equal(entries.filter(({ kind }) => kind === "close").length, urls.length);
  assert.ok(texts.includes('{"op":"login","args":"***"}'));
  for await (const { name } of Deno.readDir(folder.path)) {
    const all = name.endsWith(".json")
      ? await Deno.readTextFile(`${folder.path}/${name}`)
      : JSON.stringify(entries);
    for (const secret of Object.values(LOGIN)) assert.ok(!all.includes(secret), `${name}: ${secret}`);
  }
  const { subscriptions } = await summarize(readFrames(readRecording(folder.path, { onNote: () => {} })));
  const counts = [...subscriptions.values()].map(({ arg, pushes }) => [CODECS.v5.formatPath(arg), pushes]);
  assert.deepEqual(counts.toSorted(), [["account", 0], [PATH, 2]]);
});

Deno.test("a folder that cannot be written costs the service nothing", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/file`;
  await Deno.writeTextFile(file, "in the way");
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    settings: { RECORD: `${file}/recording` },
    channels: [PATH],
  });
  await waitFor("live", async () => (await run.sub(PATH))?.state === "live");
  okx.current()?.push(ARG, [ticker(1)]);
  await waitFor("the row", async () => (await run.sub(PATH))?.rows === 1);
  assert.equal(await Deno.readTextFile(file), "in the way");
});

Deno.test("a signature that the exchange repeats is not recorded, however it is written", async () => {
  await using folder = await tempFolder();
  const signs: string[] = [];
  await using okx = startFakeOkx({
    answer(request) {
      if (request.op !== "login") return healthy(request);
      const sign = String(Reflect.get(request.args[0] ?? {}, "sign") ?? "");
      signs.push(sign);
      const msg = `Invalid sign ${sign} of ${encodeURIComponent(sign)}`;
      return [{ event: "error", code: "60007", msg, connId: "c" }, ...healthy(request)];
    },
  });
  const run = await startService({
    endpoint: okx.url,
    settings: { RECORD: folder.path },
    servers: [{ name: "test", ...LOGIN }],
    channels: ["account"],
  });
  try {
    await waitFor("a login", () => signs.length > 0);
    await waitFor("it to be recorded", () => run.service.view().stats.recorded >= 2);
  } finally {
    await run[Symbol.asyncDispose]();
  }
  const { texts } = await readAll(folder.path);
  const echo = texts.filter((text) => text.includes("Invalid sign"));
  assert.ok(echo.length > 0, texts.join("\n"));
  for (const text of echo) assert.match(text, /Invalid sign \*\*\* of \*\*\*/);
  for (const sign of signs) assert.ok(!texts.join().includes(sign.slice(0, 12)), "a part of it");
});

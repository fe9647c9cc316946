/** `okws record` as a command: what it says and how it ends where the exchange takes nothing. */
import assert from "node:assert/strict";
import { run } from "../../src/cli/mod.ts";
import { type FakeRequest, healthy, refuse, startFakeOkx } from "../support/fake_okx.ts";
import { testIo } from "../support/io.ts";
import { tempFolder } from "../support/recording.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "k", secret: "s", password: "p" };

/** Records until `isOver` of the notes so far; what was said and how it ended. */
async function recordUntil(
  args: readonly string[],
  { config, isOver }: { readonly config?: unknown; readonly isOver: (notes: string) => boolean },
): Promise<{ code: number; notes: string }> {
  await using folder = await tempFolder();
  const file = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(file, JSON.stringify(config ?? {}));
  const stop = new AbortController();
  let notes = "";
  const logStream = { write: (bytes: Uint8Array) => Promise.resolve(bytes.length) };
  const io = testIo({ logStream, signal: stop.signal, note: (line) => notes += `${line}\n` });
  const ended = run(["record", ...args, "-c", file, "--out", `${folder.path}/recording`], io);
  const early = ended.then(() => true);
  const over = waitFor("what ends the recording", () => isOver(notes) ? true : undefined);
  await Promise.race([early, over]).finally(() => stop.abort());
  const code = await ended;
  await over.catch(() => assert.fail(`ended before: ${notes}`));
  return { code, notes };
}

Deno.test("a path that is refused is no recording: 1, with the reason", async () => {
  const answer = (request: FakeRequest) => request.args.map((arg) => refuse(request, arg));
  await using okx = startFakeOkx({ answer });
  const { code, notes } = await recordUntil(["tickers:NOPE-USDT", "--endpoint", okx.url], {
    isOver: (notes) => notes.includes("was refused"),
  });
  assert.equal(code, 1, notes);
  assert.match(notes, /Recording 1 path into /);
  assert.match(notes, /okws: no data was recorded: the exchange took no subscription: 60018 .*doesn't exist/);
});

Deno.test("a login that is refused is no recording: 1, with the reason", async () => {
  const answer = (request: FakeRequest) =>
    request.op === "login"
      ? [{ event: "error", code: "60024", msg: "Wrong passphrase", connId: "a4d3ae55" }]
      : healthy(request);
  await using okx = startFakeOkx({ answer });
  const config = { servers: [LOGIN], subscribes: [{ server: "test", channels: ["account"] }] };
  const { code, notes } = await recordUntil(["--endpoint", okx.url], {
    config,
    isOver: (notes) => notes.includes("was refused"),
  });
  assert.equal(code, 1, notes);
  assert.match(
    notes,
    /okws: no data was recorded: the exchange took no subscription: 60024 Wrong passphrase/,
  );
});

Deno.test("what is subscribed is a recording, though nothing has come yet; a refusal beside it is said", async () => {
  const answer = (request: FakeRequest) =>
    request.args.map((arg) =>
      arg.instId === "NOPE-USDT" ? refuse(request, arg) : healthy({ ...request, args: [arg] })[0]
    );
  await using okx = startFakeOkx({ answer });
  const paths = ["tickers:BTC-USDT", "tickers:NOPE-USDT"];
  const { code, notes } = await recordUntil([...paths, "--endpoint", okx.url], {
    isOver: (notes) => notes.includes("tickers:NOPE-USDT was refused"),
  });
  assert.equal(code, 0, notes);
});

Deno.test("a path that needs a login is not advised about with a server that nobody has named", async () => {
  const { code, notes } = await recordUntil(["orders:ANY", "--endpoint", "ws://127.0.0.1:1"], {
    isOver: (notes) => notes.includes("login"),
  });
  assert.equal(code, 2, notes);
  assert.match(notes, /orders:ANY needs a login, which --endpoint alone does not have/);
  assert.ok(!notes.includes("recorded"), notes);
});

Deno.test("a server that the file does not have is answered with those that it has", async () => {
  const config = { servers: [{ name: "one" }, { name: "two" }] };
  const { code, notes } = await recordUntil(["tickers:BTC-USDT", "--server", "three"], {
    config,
    isOver: (notes) => notes.includes("three"),
  });
  assert.equal(code, 2, notes);
  assert.match(notes, /no server three, only one, two/);
});

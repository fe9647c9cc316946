/** docs/architecture.md against the source: files, calls, rooms and states that it names are there. */
import assert from "node:assert/strict";
import { readPage } from "./blocks.ts";

const PAGE = "docs/architecture.md";

Deno.test("every file and folder that docs/architecture.md names is there", async () => {
  const names = [...(await readPage(PAGE)).matchAll(/`((?:src|tests|scripts)\/[\w./]+)`/g)]
    .map(([, name]) => name as string);
  assert.ok(names.length > 40);
  for (const name of new Set(names)) await Deno.stat(new URL(`../../${name}`, import.meta.url));
});

Deno.test("every call that docs/architecture.md names is in the file that is named with it", async () => {
  const paragraphs = (await readPage(PAGE)).split(/\n\n|\n(?=[-|] )/);
  let looked = 0;
  for (const paragraph of paragraphs) {
    const files = [...paragraph.matchAll(/`(src\/[\w/]+\.ts)`/g)].map(([, name]) => name as string);
    const calls = [...paragraph.matchAll(/`(#?\w+)\(\)`/g)].map(([, name]) => name as string);
    if (files.length === 0) continue;
    const texts = await Promise.all(files.map((file) => readPage(file)));
    for (const call of calls) {
      looked += 1;
      const defined = new RegExp(String.raw`(?<![\w.])(?:function\*? |async )?${call}\*?(?:<[^>]*>)?\(`);
      assert.ok(texts.some((text) => defined.test(text)), `${call}() is in none of ${files.join(", ")}`);
    }
  }
  assert.ok(looked > 20, `only ${looked} calls were found on the page`);
});

Deno.test("docs/architecture.md has a row for every room", async () => {
  const page = await readPage(PAGE);
  for await (const { name, isDirectory } of Deno.readDir(new URL("../../src/", import.meta.url))) {
    if (isDirectory) assert.match(page, new RegExp(`^\\| \`src/${name}/\` \\|`, "m"));
  }
});

Deno.test("docs/architecture.md draws every state of a subscription", async () => {
  const page = await readPage(PAGE);
  const source = await readPage("src/model/events.ts");
  const states = /export type SubscriptionState = ([^;]+);/.exec(source)?.[1] ?? "";
  const names = [...states.matchAll(/"(\w+)"/g)].map(([, name]) => name as string);
  assert.ok(names.length > 5);
  const diagram = /stateDiagram-v2\n([^]*?)```/.exec(page)?.[1] ?? "";
  for (const name of names) assert.match(diagram, new RegExp(`\\b${name}\\b`));
});

Deno.test("the figures of docs/architecture.md are those of the source", async () => {
  const page = (await readPage(PAGE)).replace(/\s+/g, " ");
  const figures: readonly (readonly [string, RegExp, RegExp])[] = [
    ["src/session/placement.ts", /MAX_DEEP_BOOKS = 29;/, /fewer than 30 deep books/],
    ["src/session/placement.ts", /DIALS = 3;[^]*DIAL_WINDOW_MS = 1150;/, /three in 1150 ms/],
    [
      "src/session/timing.ts",
      /idleMs: 15_000,\n {2}pongMs: 10_000,/,
      /after 15 s of silence[^.]*10 s later/,
    ],
    [
      "src/session/timing.ts",
      /overlapMs: 1000,\n {2}handoverMs: 40_000,/,
      /for a second \(`overlapMs`\), or after 40 s/,
    ],
    ["src/okx/v5.ts", /MAX_REQUEST_BYTES = 60_000;/, /cut at 60,000 bytes/],
    ["src/session/subscriptions/request_scheduler.ts", /ANSWER_MS = 10_000;/, /no answer in 10 s/],
    [
      "src/store/write/waiting_writes.ts",
      /BATCH_EVENTS = 10_000;[^]*> 2 \* BATCH_EVENTS/,
      /Above 20,000 waiting events/,
    ],
    ["src/store/layout/server_status.ts", /STATUS_TTL_MS = 30_000;/, /`P\/status` expires after 30 s/],
    ["src/app/background.ts", /DRAIN_MS = 3000;/, /for 3 s at most/],
    ["src/shared/async/backoff.ts", /30_000/, /grows to 30 s/],
  ];
  for (const [file, inSource, onPage] of figures) {
    assert.match(await readPage(file), inSource, file);
    assert.match(page, onPage);
  }
});

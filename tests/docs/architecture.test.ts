/** docs/architecture.md against the source: files, calls, rooms and states that it names are there. */
import assert from "node:assert/strict";
import { EFFECTS, PACKAGES } from "../../scripts/effects.ts";
import { DRAIN_MS } from "../../src/app/background.ts";
import { MAX_REQUEST_BYTES } from "../../src/okx/v5.ts";
import { DIAL_WINDOW_MS, DIALS, MAX_DEEP_BOOKS } from "../../src/session/placement.ts";
import { ANSWER_MS } from "../../src/session/subscriptions/request_scheduler.ts";
import { DEFAULT_TIMING } from "../../src/session/connection/timing.ts";
import { backoff } from "../../src/shared/async/backoff.ts";
import { STATUS_TTL_MS } from "../../src/store/layout/server_status.ts";
import { CONGESTED_EVENTS, FULL_EVENTS } from "../../src/store/write/waiting_writes.ts";
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
  const s = (ms: number) => `${ms / 1000} s`;
  const { idleMs, pongMs, overlapMs, handoverMs } = DEFAULT_TIMING;
  const sentences = [
    `fewer than ${MAX_DEEP_BOOKS + 1} deep books`,
    `three in ${DIAL_WINDOW_MS} ms`,
    `after ${s(idleMs)} of silence`,
    `${s(pongMs)} later`,
    "for a second (`overlapMs`), or after " + s(handoverMs),
    `cut at ${MAX_REQUEST_BYTES.toLocaleString("en")} bytes`,
    `no answer in ${s(ANSWER_MS)}`,
    `Above ${FULL_EVENTS.toLocaleString("en")} waiting events`,
    `Above ${CONGESTED_EVENTS.toLocaleString("en")} waiting events`,
    `\`P/status\` expires after ${s(STATUS_TTL_MS)}`,
    `for ${s(DRAIN_MS)} at most`,
    `grows to ${s(backoff(100, () => 1))}`,
  ];
  assert.deepEqual([DIALS, overlapMs], [3, 1000], "which the page says in words");
  for (const sentence of sentences) assert.ok(page.includes(sentence), `${PAGE} does not say "${sentence}"`);
});

Deno.test("docs/architecture.md has the effects that the check of imports permits, and where", async () => {
  const section = /\n## Effects\n([^]*?)\n## /.exec(await readPage(PAGE))?.[1] ?? "";
  const table = section.split("\n").filter((line) => line.startsWith("|")).join("\n");
  const named = new Set([...table.matchAll(/`((?:src\/[\w/.]+|main\.ts))`/g)].map(([, name = ""]) => name));
  // All of Redis has one row, and the command line in another.
  const permitted = new Set(
    [...EFFECTS.flatMap((use) => "only" in use ? use.only : []), ...Object.values(PACKAGES).flat()]
      .map((place) => /^src\/cli(\/|$)/.test(place) ? "src/cli/" : place),
  );
  assert.deepEqual([...named].filter((name) => name !== "src/store/redis/").sort(), [...permitted].sort());
  const never = EFFECTS.flatMap((use) => "never" in use ? use.never : []);
  for (const folder of never) assert.ok(section.includes(`\`${folder}/\``), `${folder} reads no clock`);
});

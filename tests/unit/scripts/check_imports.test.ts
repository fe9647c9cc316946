/** What the check of imports finds: what the table does not permit, permits without use, circles, effects elsewhere. */
import assert from "node:assert/strict";
import {
  type Edge,
  findCycles,
  findFolderCycles,
  findImportFaults,
  findRoomCycles,
  findUnusedPermits,
} from "../../../scripts/check_imports.ts";
import { findEffectFaults, findUnusedEffectPermits } from "../../../scripts/effects.ts";
import { findImports } from "../../../scripts/syntax.ts";

function edge(from: string, to: string, typeOnly = false): Edge {
  return { from, to, typeOnly, line: 7 };
}

Deno.test("findImportFaults() names the place and what would be permitted", () => {
  assert.deepEqual(findImportFaults([edge("src/okx/a.ts", "src/shared/b.ts")]), []);
  assert.deepEqual(findImportFaults([edge("src/okx/a.ts", "src/app/b.ts")]), [
    "src/okx/a.ts:7: imports src/app/b.ts: it may import src/shared",
  ]);
  assert.deepEqual(findImportFaults([edge("src/model/a.ts", "src/okx/b.ts", true)]), []);
  assert.equal(findImportFaults([edge("src/model/a.ts", "src/okx/b.ts")]).length, 1);
  assert.equal(findImportFaults([edge("src/http/a.ts", "npm:ioredis@6.0.0")]).length, 1);
});

Deno.test("findUnusedPermits() names a permit that no import makes use of", () => {
  const unused = (edges: readonly Edge[]) =>
    findUnusedPermits(edges).filter((fault) => fault.includes(": src/okx may import src/shared,"));
  assert.equal(unused([]).length, 1);
  assert.deepEqual(unused([edge("src/okx/v3/a.ts", "src/shared/b.ts")]), []);
});

Deno.test("findCycles() finds a circle of any length, and none where there is none", () => {
  const [ab, bc, ca] = [edge("a.ts", "b.ts"), edge("b.ts", "c.ts"), edge("c.ts", "a.ts", true)];
  assert.deepEqual(findCycles([ab, bc]), []);
  assert.deepEqual(findCycles([ab, bc, ca]), [
    "a.ts: imports itself in a circle: a.ts -> b.ts -> c.ts -> a.ts",
  ]);
});

Deno.test("findRoomCycles() finds two rooms that import each other, be it by different files or by type", () => {
  const there = edge("src/store/write/a.ts", "src/store/redis/b.ts");
  const back = edge("src/store/redis/batch/c.ts", "src/store/write/d.ts", true);
  assert.deepEqual(findRoomCycles([there]), []);
  assert.deepEqual(findRoomCycles([there, back]), [
    "src/store/write: imports itself in a circle: src/store/write -> src/store/redis -> src/store/write",
  ]);
  assert.deepEqual(
    findRoomCycles([edge("src/okx/a.ts", "src/okx/v3/b.ts"), edge("src/okx/v3/b.ts", "src/okx/c.ts")]),
    [],
  );
});

Deno.test("findFolderCycles() finds folders of a room that import each other, but for rooms whose folders only sort", () => {
  const cycle = (one: string, other: string) => [
    ...[edge(`${one}/a.ts`, `${other}/b.ts`), edge(`${other}/c.ts`, `${one}/d.ts`, true)],
  ];
  assert.deepEqual(findFolderCycles(cycle("src/cli/client", "src/cli/top")), [
    "src/cli/client: imports itself in a circle: src/cli/client -> src/cli/top -> src/cli/client",
  ]);
  assert.equal(findFolderCycles(cycle("src/cli", "src/cli/top")).length, 1);
  assert.deepEqual(findFolderCycles(cycle("src/okx", "src/okx/v3")), []);
  assert.deepEqual(findFolderCycles(cycle("web/a", "web/b")), []);
});

Deno.test("findEffectFaults() sees an effect in code, not in a comment", () => {
  assert.deepEqual(findEffectFaults("src/okx/v5.ts", "// fetch(url)\nconst a = 1;"), []);
  assert.match(
    findEffectFaults("src/okx/v5.ts", "\nawait fetch(url);")[0] ?? "",
    /^src\/okx\/v5\.ts:2: uses fetch/,
  );
  assert.match(
    findEffectFaults("src/okx/v5.ts", "const at = Date.now();")[0] ?? "",
    /uses the clock: .+ may not$/,
  );
  assert.deepEqual(findEffectFaults("src/app/service.ts", "const at = Date.now();"), []);
  assert.match(findEffectFaults("main.ts", "Deno.umask();")[0] ?? "", /uses Deno\.umask, which no row/);
});

Deno.test("findEffectFaults() sees an effect however it is written", () => {
  const table: [text: string, ...whats: string[]][] = [
    ["const { env } = Deno;", "Deno.env"],
    ["Deno\n  .env.get('A');", "Deno.env"],
    ["Deno['env'].get('A');", "Deno.env"],
    ["globalThis.Deno.env.get('A');", "Deno.env"],
    ["function read({ env } = Deno) {}", "Deno.env"],
    ["const { Deno: { env } } = globalThis;", "Deno.env"],
    ["const d = Deno;", "Deno, which no row of EFFECTS has"],
    ["const { env, ...rest } = Deno;", "Deno.env", "Deno.*, which no row of EFFECTS has"],
    ["Deno[name]();", "Deno, which no row of EFFECTS has"],
    ["const f = fetch;", "fetch"],
    ["{ const fetch = 1; }\nexport const f = (fetch);", "fetch"],
    ["const { now } = Date;", "the clock"],
    ["const at = new Date;", "the clock"],
    ["function at(clock = Date.now) {}", "the clock"],
    ["const at = Date();", "the clock"],
    ["const D = Date;", "the clock"],
    ["const at = performance.now();", "the clock"],
    ["Temporal.Now.instant();", "the clock"],
    ["const fs = await import(name);", "import(_), which no row of EFFECTS has"],
    ["const W = WebSocket;", "WebSocket"],
    ["const { log } = console;", "console"],
    ["process.env.A;", "process.env.A, which no row of EFFECTS has"],
  ];
  for (const [text, ...whats] of table) {
    const found = findEffectFaults("src/okx/v5.ts", text).map((fault) => /: uses ([^:]+)/.exec(fault)?.[1]);
    assert.deepEqual(found, whats, text);
  }
});

Deno.test("findEffectFaults() takes no name of its own, no type and no conversion for an effect", () => {
  for (
    const text of [
      "function get(fetch: (url: string) => void) { fetch('a'); }",
      "const { fetch } = options; fetch('a');",
      "import { console } from './a.ts'; console.log();",
      "type Read = typeof fetch; let at: Date; let wire: WebSocket;",
      "const text = 'Deno.env'; const row = { fetch: 1, Date: 2 }; row.fetch;",
      "const at = new Date(ms); at instanceof Date; Date.parse(text); Date.UTC(2026, 1);",
      "throw new Deno.errors.NotFound();",
    ]
  ) {
    assert.deepEqual(findEffectFaults("src/okx/v5.ts", text), [], text);
  }
});

Deno.test("findImports() finds what is imported, passed on and loaded, and no text that looks like it", () => {
  const text = `import a from "./a.ts";
import type { B } from "./b.ts";
export * from "./c.ts";
// import d from "./d.ts";
const e = await import("./e.ts"), f = 'import f from "./f.ts";';
`;
  assert.deepEqual(findImports(text).map(({ path, typeOnly, line }) => [path, typeOnly, line]), [
    ...[["./a.ts", false, 1], ["./b.ts", true, 2], ["./c.ts", false, 3], ["./e.ts", false, 5]],
  ]);
});

Deno.test("findUnusedEffectPermits() names a permit that no code makes use of", () => {
  const unused = (text: string) =>
    findUnusedEffectPermits(new Map([["src/okx/rest.ts", text]])).filter((fault) =>
      fault.startsWith("scripts/effects.ts: src/okx/rest.ts may use fetch,")
    );
  assert.equal(unused("// fetch(url)").length, 1);
  assert.deepEqual(unused("await fetch(url);"), []);
});

Deno.test("findEffectFaults() sees who asks again what a protocol, a channel or a topic is", () => {
  for (
    const line of [
      `if (server.protocol === "v3") ;`,
      `if (topic.arg.channel !== "books") ;`,
      `if (arg.channel.startsWith("sprd-")) ;`,
      `if (topic.convert === undefined) ;`,
      `topic.convert?.(row);`,
      `switch (server.protocol) { case "v5": }`,
      `if ("books" === channel) ;`,
    ]
  ) {
    assert.equal(findEffectFaults("src/session/placement.ts", line).length, 1, line);
  }
  assert.deepEqual(findEffectFaults("src/okx/topic.ts", `if (arg.channel === "books") ;`), []);
  assert.deepEqual(findEffectFaults("src/okx/v5.ts", `if (typeof value.channel !== "string") ;`), []);
});

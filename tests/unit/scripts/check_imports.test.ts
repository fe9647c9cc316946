/** What the check of imports finds: what the table does not permit, permits without use, circles, effects elsewhere. */
import assert from "node:assert/strict";
import {
  type Edge,
  findCycles,
  findImportFaults,
  findRoomCycles,
  findUnusedPermits,
} from "../../../scripts/check_imports.ts";
import { findEffectFaults, findUnusedEffectPermits } from "../../../scripts/effects.ts";

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
      `if (server.protocol === "v3") return;`,
      `if (topic.arg.channel !== "books") return;`,
      `if (arg.channel.startsWith("sprd-")) return;`,
      `if (topic.convert === undefined) return;`,
    ]
  ) {
    assert.equal(findEffectFaults("src/session/placement.ts", line).length, 1, line);
  }
  assert.deepEqual(findEffectFaults("src/okx/topic.ts", `if (arg.channel === "books") return;`), []);
  assert.deepEqual(findEffectFaults("src/okx/v5.ts", `if (typeof value.channel !== "string") return;`), []);
});

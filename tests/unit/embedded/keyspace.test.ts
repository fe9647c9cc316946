/** Keys of the embedded store: deadlines, scans and watchers. */
import assert from "node:assert/strict";
import { Keyspace, type Value } from "../../../src/embedded/keyspace.ts";

function string(text: string): Value {
  return { kind: "string", text };
}

function createKeyspace(): { space: Keyspace; clock: { now: number } } {
  const clock = { now: 1000 };
  return { space: new Keyspace(() => clock.now), clock };
}

Deno.test("a key is gone once its deadline has passed, and not before", () => {
  const { space, clock } = createKeyspace();
  space.set("a", string("1"));
  space.setDeadline("a", 1500);
  clock.now = 1500;
  assert.deepEqual(space.get("a"), string("1"));
  clock.now = 1501;
  assert.equal(space.get("a"), undefined);
  assert.equal(space.size, 0);
});

Deno.test("set drops the deadline unless it is to be kept", () => {
  const { space } = createKeyspace();
  space.set("a", string("1"));
  space.setDeadline("a", 1500);
  space.set("a", string("2"), { keepDeadline: true });
  assert.equal(space.deadline("a"), 1500);
  space.set("a", string("3"));
  assert.equal(space.deadline("a"), undefined);
});

Deno.test("sweep drops expired keys in bounded bites and goes on where it stopped", () => {
  const { space, clock } = createKeyspace();
  for (let i = 0; i < 100; i++) {
    space.set(`k${i}`, string(""));
    space.setDeadline(`k${i}`, i % 2 === 0 ? 1100 : 9000);
  }
  clock.now = 2000;
  assert.equal(space.sweep(40), 20);
  assert.equal(space.sweep(60), 30);
  assert.equal(space.size, 50);
  assert.equal(space.keys().length, 50);
});

Deno.test("scan visits every key that stays while others come and go", () => {
  const { space } = createKeyspace();
  for (let i = 0; i < 200; i++) space.set(`k${i}`, string(""));
  const seen = new Set<string>();
  let cursor = 0;
  let turn = 0;
  do {
    const page = space.scan(cursor, 7);
    for (const key of page.keys) seen.add(key);
    cursor = page.cursor;
    space.delete(`k${turn * 3}`);
    space.set(`new${turn++}`, string(""));
  } while (cursor !== 0 && turn < 500);
  for (let i = 0; i < 200; i++) assert.ok(seen.has(`k${i}`) || space.get(`k${i}`) === undefined, `k${i}`);
});

Deno.test("scan starts over on a cursor it does not know", () => {
  const { space } = createKeyspace();
  for (let i = 0; i < 20; i++) space.set(`k${i}`, string(""));
  const { cursor } = space.scan(0, 5);
  assert.deepEqual(space.scan(cursor, 2).keys, ["k5", "k6"]);
  assert.deepEqual(space.scan(cursor, 2).keys, ["k0", "k1"]);
});

Deno.test("scan cursors that nobody comes back for stay bounded", () => {
  const { space } = createKeyspace();
  for (let i = 0; i < 20; i++) space.set(`k${i}`, string(""));
  const { cursor } = space.scan(0, 5);
  for (let i = 0; i < 1500; i++) space.scan(0, 1);
  assert.deepEqual(space.scan(cursor, 1).keys, ["k0"]);
});

Deno.test("a watcher is notified of changes to its key, of expiry and of clear, and of nothing else", () => {
  const { space, clock } = createKeyspace();
  const changes: [string, () => void, boolean][] = [
    ["set", () => space.set("a", string("2")), true],
    ["another key", () => space.set("b", string("2")), false],
    ["deadline", () => space.setDeadline("a", 5000), true],
    ["expiry", () => (clock.now = 5001, space.get("a")), true],
    ["deleting what is gone", () => space.delete("a"), false],
    ["clear without the key", () => space.clear(), false],
    ["set again", () => space.set("a", string("3")), true],
    ["clear", () => space.clear(), true],
  ];
  space.set("a", string("1"));
  for (const [name, change, expected] of changes) {
    const watcher = { dirty: false };
    space.watch("a", watcher);
    change();
    space.unwatch("a", watcher);
    assert.equal(watcher.dirty, expected, name);
  }
});

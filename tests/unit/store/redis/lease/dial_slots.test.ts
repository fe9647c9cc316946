/** Leave to dial, with a Redis that is played: no more than so many in any window, of all that ask. */
import assert from "node:assert/strict";
import type { RedisCommand } from "../../../../../src/store/redis/commands.ts";
import { DialSlots } from "../../../../../src/store/redis/lease/dial_slots.ts";
import { type RedisReply, ReplyError } from "../../../../../src/store/redis/resp.ts";
import { TransportError } from "../../../../../src/store/redis/transport.ts";

const NEVER = new AbortController().signal;
const WINDOW_MS = 120;

function play() {
  const until = new Map<string, number>();
  /** When leave was given. */
  const times: number[] = [];
  const ask = (commands: readonly RedisCommand[]): Promise<RedisReply[]> =>
    Promise.resolve(commands.map(([name, key = "", , , , ms]): RedisReply => {
      const now = performance.now();
      const left = (until.get(key) ?? 0) - now;
      if (name === "PTTL") return left > 0 ? Math.ceil(left) : -2;
      if (left > 0) return null;
      until.set(key, now + Number(ms));
      times.push(now);
      return "OK";
    }));
  const join = (instance: string) => {
    const slots = new DialSlots({ keyPrefix: "okex", instance, count: 3, windowMs: WINDOW_MS });
    slots.begin(ask);
    return slots;
  };
  return { join, until, times };
}

Deno.test("three services dial no more often than one", async () => {
  const { join, until, times } = play();
  await Promise.all(["a", "b", "c"].map(async (name) => {
    const slots = join(name);
    for (let i = 0; i < 3; i++) assert.equal(await slots.take(NEVER), true);
  }));
  assert.equal(times.length, 9);
  for (let i = 3; i < times.length; i++) {
    assert.ok((times[i] ?? 0) - (times[i - 3] ?? 0) >= WINDOW_MS, times.join());
  }
  assert.deepEqual([...until.keys()], ["okex/dials/1", "okex/dials/2", "okex/dials/3"]);
});

Deno.test("a Redis that says nothing is not waited for", async () => {
  const slots = new DialSlots({ keyPrefix: "okex", instance: "a", count: 3, windowMs: WINDOW_MS });
  assert.equal(await slots.take(NEVER), false);
  for (const reply of [new TransportError("cut"), new ReplyError("NOPERM User x")]) {
    slots.begin((commands) => Promise.resolve(commands.map(() => reply)));
    assert.equal(await slots.take(NEVER), false);
  }
  slots.begin((commands) => Promise.resolve(commands.map(([name]) => name === "PTTL" ? -1 : null)));
  assert.equal(await slots.take(NEVER), false);
});

Deno.test("a wait ends with its signal", async () => {
  const { join } = play();
  const slots = join("a");
  for (let i = 0; i < 3; i++) await slots.take(NEVER);
  assert.equal(await slots.take(AbortSignal.abort()), true);
});

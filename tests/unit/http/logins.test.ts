/** Guesses at the password of the pages: who waits for how long, and whom it costs nothing. */
import assert from "node:assert/strict";
import { createLogins, type Logins } from "../../../src/http/logins.ts";

type Pause = { readonly ms: number; readonly end: () => void };

/** Logins whose waits are ended by hand. */
function start(): {
  logins: Logins;
  stats: { loginFailures: number };
  pauses: Pause[];
  pass: (ms: number) => void;
} {
  const stats = { loginFailures: 0 };
  const pauses: Pause[] = [];
  let time = 0;
  const logins = createLogins({
    stats,
    signal: new AbortController().signal,
    now: () => time,
    pause: (ms) => new Promise((end) => pauses.push({ ms, end })),
  });
  return { logins, stats, pauses, pass: (ms) => time += ms };
}

const wrong = () => false;
const right = () => true;

Deno.test("the first wrong logins of an address are answered at once, further ones wait ever longer, within bounds", async () => {
  const { logins, stats, pauses } = start();
  for (let i = 0; i < 5; i++) assert.equal(await logins.try("10.0.0.1", wrong), false);
  assert.equal(pauses.length, 0);
  for (let i = 0; i < 6; i++) {
    const verdict = logins.try("10.0.0.1", wrong);
    for (const { end } of pauses) end();
    assert.equal(await verdict, false);
  }
  assert.deepEqual(pauses.map(({ ms }) => ms), [250, 500, 1000, 2000, 2000, 2000]);
  assert.equal(stats.loginFailures, 11);
  assert.equal(await logins.try("10.0.0.2", right), true);
  assert.equal(pauses.length, 6, "another address waits for nothing");
});

Deno.test("a login that waits is looked at afterwards, and a right one ends the waiting", async () => {
  const { logins, pauses } = start();
  for (let i = 0; i < 6; i++) void logins.try("a", wrong);
  let looked = false;
  const verdict = logins.try("a", () => looked = true);
  assert.equal(pauses.length, 2);
  assert.ok(!looked);
  for (const { end } of pauses) end();
  assert.equal(await verdict, true);
  assert.equal(await logins.try("a", right), true);
  assert.equal(pauses.length, 2);
});

Deno.test("many guesses at once are answered without a look, and cost others at most their own wait", async () => {
  const { logins, stats, pauses } = start();
  let looks = 0;
  const guesses = Array.from({ length: 500 }, () => logins.try("a", () => ++looks < 0));
  assert.equal(looks, 5);
  assert.equal(pauses.length, 8);
  for (const { end } of pauses) end();
  const verdicts = await Promise.all(guesses);
  assert.equal(verdicts.filter((each) => each === "busy").length, 500 - 13);
  assert.equal(looks, 13);
  assert.equal(stats.loginFailures, 500);
  for (let address = 0; address < 20; address++) {
    for (let i = 0; i < 20; i++) void logins.try(`10.0.0.${address}`, wrong);
  }
  assert.equal(pauses.length, 8 + 64);
});

Deno.test("an address is forgotten after five minutes, and an IPv6 address stands for its network", async () => {
  const { logins, pauses, pass } = start();
  for (const network of ["1", "2", "3", "4", "5"]) await logins.try(`2001:db8:0:${network}::1`, wrong);
  void logins.try("2001:db8:0:1::9", right);
  assert.equal(pauses.length, 0, "five networks");
  for (const last of ["1:2:3:4", "2:3:4:5", "6:7:8:9", "a:b:c:d"]) {
    await logins.try(`2001:db8:0:9:${last}`, wrong);
  }
  await logins.try("2001:db8:0:9::1", wrong);
  void logins.try("2001:db8:0:9::ffff", wrong);
  assert.equal(pauses.length, 1);
  pass(5 * 60_000 + 1);
  assert.equal(await logins.try("2001:db8:0:9::1", wrong), false);
  assert.equal(pauses.length, 1);
});

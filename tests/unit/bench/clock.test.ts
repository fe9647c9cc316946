/** Times that are written into messages and found again in them. */
import assert from "node:assert/strict";
import { createClock, findStamp, formatStamp, STAMP_LENGTH } from "../../../scripts/bench/clock.ts";

const MICROS = 1_795_855_200_123_450;

Deno.test("a time is found again in the message that it was written into, also without its last zero", () => {
  const text = formatStamp(MICROS);
  assert.equal(text.length, STAMP_LENGTH);
  assert.equal(findStamp(`{"askPx":"${text}","ts":"1795855200123"}`), MICROS);
  assert.equal(findStamp(`[${Number(text)}]`), MICROS);
});

Deno.test("findStamp() takes the newest of several, and no other number for one", () => {
  const older = formatStamp(MICROS - 2_000_000);
  assert.equal(findStamp(`["${older}","${formatStamp(MICROS)}","${older}"]`), MICROS);
  const others = [
    "1795855200123",
    "229576048.730317321",
    "60000.1",
    "1795855200.1234567",
    "11795855200.123456",
  ];
  assert.equal(findStamp(others.join(" ")), undefined);
});

Deno.test("createClock() gives the time of the system's clock", () => {
  const clock = createClock();
  const [before, micros, after] = [Date.now(), clock(), Date.now()];
  // The system's clock may be adjusted meanwhile, by very little.
  assert.ok(micros / 1000 > before - 50 && micros / 1000 < after + 50, `${before} ${micros} ${after}`);
});

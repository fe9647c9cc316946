/** How many entries of a stream are gone, from how many were queued and how many are there. */
import assert from "node:assert/strict";
import { createKeys } from "../../../../src/store/layout/keys.ts";
import { StoredSeries } from "../../../../src/store/layout/stored_series.ts";
import { AT } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const TRADES = topicOf("trades:X");
const { path } = TRADES;

function start(maxRow: number) {
  const series = new StoredSeries(createKeys("okex", "test"), maxRow);
  const add = (n: number) => {
    series.note(TRADES, n, AT);
    series.count(path, n);
  };
  /** A look while the newest `late` are not written for sure. */
  const missing = (length: number, late = 0) => {
    const added = (series.all()[0]?.added ?? 0) - late;
    return series.missing(path, { added, length });
  };
  return { series, add, missing };
}

Deno.test("entries that are gone are counted once, whatever was there before", () => {
  const { add, missing } = start(100);
  add(3);
  assert.equal(missing(8), 0);
  add(2);
  assert.equal(missing(7), 3);
  assert.equal(missing(7), 0);
  add(1);
  assert.equal(missing(8), 0);
  assert.equal(missing(1), 7);
});

Deno.test("what may not be written yet is not missing, and hides no loss for good", () => {
  const { add, missing } = start(100);
  add(10);
  assert.equal(missing(8, 2), 0);
  assert.equal(missing(10), 0);
  add(2);
  assert.equal(missing(10, 2), 0);
  assert.equal(missing(11), 1);
});

Deno.test("a stream that is full stays full", () => {
  const { add, missing } = start(5);
  add(9);
  assert.equal(missing(5), 0);
  add(4);
  assert.equal(missing(5), 0);
  assert.equal(missing(3), 2);
  add(1);
  assert.equal(missing(4), 0);
  add(5);
  assert.equal(missing(5), 0);
  assert.equal(missing(4), 1);
});

Deno.test("what was taken out, dropped or refused is not missing", () => {
  const { series, add, missing } = start(100);
  add(10);
  assert.equal(missing(10), 0);
  series.count(path, -4);
  assert.equal(missing(6), 0);
  assert.equal(missing(5), 1);
});

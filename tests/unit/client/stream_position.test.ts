/** How many entries of a stream are gone is counted from what Redis says was ever added. */
import assert from "node:assert/strict";
import { countMissed, StreamPosition } from "../../../src/client/stream_position.ts";
import type { StreamInfo } from "../../../src/store/store.ts";

const stream = (length: number, added: number | undefined, first: string | undefined): StreamInfo => ({
  ...{ length, added, first, last: "99-0" },
});

Deno.test("countMissed() finds what was trimmed unread, and says where nobody can know", () => {
  const cases: [string, StreamInfo, Parameters<typeof countMissed>[1], number | null][] = [
    ["nothing is gone", stream(5, 10, "3-0"), { last: "5-0", added: 8, unread: 2, isWhole: true }, 0],
    ["four of ten", stream(5, 20, "16-0"), { last: "10-0", added: 10, unread: 5, isWhole: true }, 5],
    ["more to be read", stream(600, 1000, "401-0"), {
      ...{ last: "10-0", added: 10, unread: 500, isWhole: false },
    }, 390],
    ["from the oldest", stream(5, 20, "16-0"), {
      ...{ last: "0-0", added: undefined, unread: 5, isWhole: true },
    }, 0],
    ["emptied", stream(0, 0, undefined), { last: "10-0", added: 10, unread: 0, isWhole: true }, null],
    [
      "trimmed to nothing",
      stream(0, 12, undefined),
      { last: "10-0", added: 10, unread: 0, isWhole: true },
      2,
    ],
    ["another stream", stream(3, 3, "20-0"), { last: "10-0", added: 10, unread: 3, isWhole: true }, null],
    ["written once more", stream(12, 12, "1-0"), { last: "10-0", added: 10, unread: 2, isWhole: true }, 0],
    ["filled again with what was read", stream(10, 10, "1-0"), {
      ...{ last: "10-0", added: 0, unread: 0, isWhole: true },
    }, 0],
    ["not counted", stream(5, undefined, "16-0"), {
      last: "10-0",
      added: undefined,
      unread: 5,
      isWhole: true,
    }, null],
    ["not counted, all there", stream(5, undefined, "9-0"), {
      ...{ last: "10-0", added: undefined, unread: 4, isWhole: true },
    }, 0],
  ];
  for (const [name, info, place, missed] of cases) {
    assert.equal(countMissed(info, place).missed, missed, name);
  }
});

Deno.test("a position goes on behind what was read, over a trim and over another stream", () => {
  const position = new StreamPosition(undefined);
  position.begin({ length: 2, added: 2, first: "1-0", last: "2-0" });
  const take = (info: StreamInfo, ...ids: string[]) => position.take(info, { ids, isWhole: true });
  assert.equal(take({ length: 3, added: 3, first: "1-0", last: "3-0" }, "3-0"), 0);
  assert.equal(take({ length: 2, added: 9, first: "8-0", last: "9-0" }, "8-0", "9-0"), 4);
  assert.equal(take({ length: 1, added: 1, first: "10-0", last: "10-0" }, "10-0"), null);
  assert.equal(take({ length: 1, added: 3, first: "12-0", last: "12-0" }, "12-0"), 1);
  assert.equal(position.last, "12-0");
});

/** The lines, names and manifest of a recording. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkManifest,
  formatEntry,
  formatFileName,
  formatManifest,
  type Packing,
  PACKINGS,
  parseEntry,
  parseFileName,
  type RecordedEntry,
} from "../../../src/recording/format.ts";

const CLOCKS = { at: 1_795_866_374_075, mono: 602.935 };
const OF = { server: "test", connection: "public#2", url: "ws://h/ws/v5/public", protocol: "v5" } as const;

const ENTRIES: readonly RecordedEntry[] = [
  { ...CLOCKS, kind: "begin", run: "4e84f179", open: [[3, OF]] },
  { ...CLOCKS, kind: "open", conn: 3, of: OF },
  { ...CLOCKS, kind: "frame", conn: 3, isSent: true, text: '{"op":"subscribe"}' },
  { ...CLOCKS, kind: "frame", conn: 3, isSent: false, base64: "AAEC" },
  { ...CLOCKS, kind: "missing", missing: { frames: 7, bytes: 900, since: 1 }, reason: "slow" },
  { ...CLOCKS, kind: "close", conn: 3, reason: "1006" },
  { ...CLOCKS, kind: "end" },
];

Deno.test("every entry is one line, and is read as it was written", () => {
  for (const entry of ENTRIES) {
    const line = formatEntry(entry);
    assert.ok(!line.includes("\n"));
    assert.deepEqual(parseEntry(line), entry);
  }
});

Deno.test("a frame of any text is read as it was", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const entry: RecordedEntry = { ...CLOCKS, kind: "frame", conn: 1, isSent: false, text };
    assert.deepEqual(parseEntry(formatEntry(entry)), entry);
  }));
});

Deno.test("lines of anything else are none of a recording", () => {
  for (
    const line of ["", "{", "[]", "null", '{"at":1}', '{"at":1,"mono":2,"conn":1,"dir":"up","text":"x"}']
  ) {
    assert.equal(parseEntry(line), undefined, line);
  }
});

Deno.test("a file says by its name which it is, and how it is packed", () => {
  for (const packing of Object.keys(PACKINGS) as Packing[]) {
    const name = formatFileName(12, 1_795_866_374_075, packing);
    assert.deepEqual(parseFileName(name), { number: 12, packing });
  }
  assert.equal(parseFileName("frames-12.jsonl"), undefined);
  assert.equal(parseFileName("recording.json"), undefined);
});

Deno.test("a manifest of another program or of a later version is refused by what it is", () => {
  checkManifest("folder", formatManifest(0));
  assert.throws(() => checkManifest("folder", '{"name":"x"}'), /folder\/recording\.json is no manifest/);
  assert.throws(() => checkManifest("folder", "no JSON"), /is no manifest/);
  const later = formatManifest(0).replace('"version": 1', '"version": 9');
  assert.throws(() => checkManifest("folder", later), /version 9 of the format, this okws knows 1/);
});

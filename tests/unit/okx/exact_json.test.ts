/** JSON whose numbers keep their text where a float would change it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ExactNumber,
  needsExact,
  parseExact,
  parseToTexts,
  scalarText,
} from "../../../src/okx/exact_json.ts";
import type { DataFrame } from "../../../src/okx/frame.ts";
import { decodeV5 } from "../../../src/okx/v5.ts";
import { redactEvent } from "../../../src/okx/redact.ts";
import { flatten } from "../../../src/store/write/write.ts";

/** Spellings that a float does not give back. */
const LITERALS = ["1.10", "-0", "0.0", "1e-8", "1E5", "12345678901234567890", "9007199254740993", "1.0"];

Deno.test("parseExact() gives every number back as it was written, wherever it stands", async (t) => {
  for (const literal of LITERALS) {
    await t.step(literal, () => {
      for (
        const text of [`{"a":${literal}}`, `[${literal}]`, `{"a":{"b":["x",${literal},{"c":${literal}}]}}`]
      ) {
        assert.equal(JSON.stringify(parseExact(text)), text);
      }
      const { a } = parseExact(`{ "a" : ${literal} }`) as { a: unknown };
      assert.equal(scalarText(a), literal);
    });
  }
});

Deno.test("parseExact() leaves numbers that a float gives back as plain numbers", () => {
  assert.deepEqual(parseExact('{"a":1.5,"b":[-1,0,123456789012345],"c":9007199254740991}'), {
    a: 1.5,
    b: [-1, 0, 123456789012345],
    c: 9007199254740991,
  });
});

Deno.test("parseExact() equals JSON.parse for whatever has no such number", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = JSON.stringify(value);
    assert.equal(JSON.stringify(parseExact(text)), text);
  }));
});

Deno.test("needsExact() says no of texts with integers alone, so that the usual message costs no second parse", () => {
  const text = '{"arg":{"channel":"books"},"data":[{"ts":"1.50","checksum":-17,"seqId":301234567890}]}';
  assert.equal(needsExact(text, { named: true, listed: false }), false);
  assert.equal(needsExact(text, { named: true, listed: true }), false);
  assert.equal(needsExact(text, { named: false, listed: false }), false);
});

Deno.test("parseToTexts() gives plain data, with the text of numbers that a float would change", () => {
  assert.deepEqual(parseToTexts('{"a":1.10,"b":[12345678901234567890,2]}'), {
    a: "1.10",
    b: ["12345678901234567890", 2],
  });
});

Deno.test("a row keeps the text of its numbers in its fields, its members and its message", () => {
  const row = '{"last":1.10,"lastSz":12345678901234567890,"askPx":1e-8,"bidPx":null,' +
    '"nested":{"a":12345678901234567890,"b":1.10},"list":[1.10,-0]}';
  const frame = decodeV5(`{"data":[${row}],"arg":{"channel":"tickers"}}`);
  assert.equal(frame.kind, "data");
  const [decoded] = (frame as DataFrame).rows as Record<string, unknown>[];
  assert.equal(JSON.stringify(decoded), row);
  assert.deepEqual(flatten(decoded as Record<string, unknown>), [
    ...["last", "1.10", "lastSz", "12345678901234567890", "askPx", "1e-8", "bidPx", ""],
    ...["nested", '{"a":12345678901234567890,"b":1.10}', "list", "[1.10,-0]"],
  ]);
});

Deno.test("an event keeps the text of its numbers, also where a secret is masked in it", () => {
  const text = '{"event":"something-new","apiKey":"abcd","limit":1.10,"ids":[12345678901234567890]}';
  const frame = decodeV5(text) as { event: Record<string, unknown> };
  assert.equal(JSON.stringify(redactEvent(frame.event)), text.replace("abcd", "***"));
});

Deno.test("an ExactNumber counts as its text in strings and as the nearest float in arithmetic", () => {
  const number = new ExactNumber("1.10");
  assert.equal(`${number}`, "1.10");
  assert.equal(Number(number), 1.1);
});

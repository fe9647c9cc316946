/** Configuration files that no person wrote: each is refused in one clear word, quickly, by the program's own `check`. */
import assert from "node:assert/strict";
import { loadConfig } from "../../../src/config/load.ts";
import { ConfigError } from "../../../src/shared/errors.ts";

const letters = [..."abcdefghi"];

const FILES: Readonly<Record<string, readonly [text: string, words: RegExp]>> = {
  "a file of 5 MB": [`# ${"x".repeat(5_000_000)}`, /is larger than \d+ bytes/],
  "a billion laughs": [
    letters.map((name, i) =>
      `${name}: &${name} [${Array(9).fill(i === 0 ? "lol" : `*${letters[i - 1]}`).join(", ")}]`
    ).join("\n"),
    /has too many aliases/,
  ],
  "an alias inside itself": ["settings: &a { MAX_ROW: *a }", /is nested deeper than 64 levels/],
  "a list inside itself": ["servers: &a [*a]", /is nested deeper than 64 levels/],
  "a hundred thousand brackets": [`settings: ${"[".repeat(100_000)}`, /is nested deeper than 64 levels/],
  "a hundred thousand brackets that close": [
    `settings: ${"[".repeat(50_000)}${"]".repeat(50_000)}`,
    /is nested deeper than 64 levels/,
  ],
  "a hundred thousand dashes": [`servers:\n  ${"- ".repeat(100_000)}x`, /is nested deeper than 64 levels/],
  "a thousand levels of maps": [
    Array.from({ length: 1000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
    /is nested deeper than 64 levels/,
  ],
  "two hundred thousand keys": [
    Array.from({ length: 200_000 }, (_, i) => `k${i}: 1`).join("\n"),
    /has more than 30000 keys/,
  ],
  "twenty thousand faults": [
    `settings:\n${Array.from({ length: 20_000 }, (_, i) => `  k${i}: 1`).join("\n")}`,
    /and 19900 more faults/,
  ],
  "a thousand servers": [
    `servers:\n${Array.from({ length: 1000 }, (_, i) => `  - name: s${i}`).join("\n")}`,
    /has 1000 servers, and 100 are all that may be open/,
  ],
  "a hundred thousand paths": [
    `servers:\n  - name: a\nsubscribes:\n  - server: a\n    channels:\n${
      Array.from({ length: 100_000 }, (_, i) => `      - tickers:A${i}`).join("\n")
    }`,
    /has more than 20000 entries and paths/,
  ],
  "a path of a megabyte": [
    `servers:\n  - name: a\nsubscribes:\n  - server: a\n    channels: ["tickers:${"A".repeat(1_000_000)}"]`,
    /A path has at most 200 characters/,
  ],
  "bytes": [String.fromCharCode(...Array.from({ length: 2000 }, (_, i) => (i * 7) % 256)), /./],
  "zeros": ["\0".repeat(100_000), /./],
  "keys with a meaning in JavaScript": [
    "__proto__: { settings: { MAX_ROW: 1 } }\nconstructor: 1",
    /__proto__: is not known/,
  ],
  "texts where lists belong": ["settings: x\nservers: y\nsubscribes: 1", /servers: must be a list/],
  "members that are no texts": [
    "servers:\n  - name: { toString: 1, valueOf: 2 }\nsubscribes:\n  - server: [1]\n    channels: [[], {}]",
    /servers\[0\]\.name/,
  ],
};

for (const [name, [text, words]] of Object.entries(FILES)) {
  Deno.test(`a configuration file with ${name} is refused in words, soon`, async () => {
    const file = await Deno.makeTempFile({ prefix: "okws-test-", suffix: ".yaml" });
    try {
      await Deno.writeTextFile(file, text);
      const start = performance.now();
      const error = await loadConfig({ file, environment: {} }).then(
        () => undefined,
        (error: unknown) => error,
      );
      const ms = performance.now() - start;
      assert.ok(error instanceof ConfigError, String(error));
      assert.match(error.message, words);
      assert.ok(error.message.length < 100_000, `${error.message.length} characters`);
      assert.ok(error.message.split("\n").length <= 102);
      assert.ok(ms < 30_000, `${Math.round(ms)} ms`);
    } finally {
      await Deno.remove(file);
    }
  });
}

Deno.test("what is no file is refused, and so is one that may not be read", async () => {
  await assert.rejects(loadConfig({ file: "/dev/zero", environment: {} }), /is not a file/);
  await assert.rejects(loadConfig({ file: "/", environment: {} }), /is not a file/);
  await assert.rejects(loadConfig({ file: "/nowhere/okws.yaml", environment: {} }), /there is no such file/);
});

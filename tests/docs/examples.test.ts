/** The programs of `examples/`, called wrongly: how they are called, and no traceback. */
import assert from "node:assert/strict";
import { runChild } from "../support/child.ts";
import { testWith } from "../support/needs.ts";
import { readPage } from "./blocks.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

/** Without site packages there is no client. */
const python = (...args: readonly string[]) =>
  runChild("python3", ["-S", `${EXAMPLES}python/${args[0]}`, ...args.slice(1)], {});

const deno = (program: string) =>
  runChild(Deno.execPath(), ["run", "-A", "--no-check", EXAMPLES + program], {});

Deno.test("examples: without arguments each prints how it is called, and ends with 2", async () => {
  const ended = await Promise.all([deno("node/price.mjs"), deno("typescript/order_flow.ts")]);
  for (const { code, stderr } of ended) {
    assert.match(stderr, /^usage: .* PATH \[[A-Z]+\], as in: .*\n$/);
    assert.equal(code, 2);
  }
});

testWith(
  ["redis-py"],
  "examples/python: wrong arguments and a missing client are said in one line",
  async () => {
    const wrong = [["candles.py"], ["candles.py", "candle1m:X", "x"], ["ticker_to_sqlite.py", "--help"]];
    for (const { code, stderr } of await Promise.all(wrong.map((args) => python(...args)))) {
      assert.match(stderr, /^usage: \S+ .*PATH \[[A-Z]+\], as in: .*\n$/);
      assert.equal(code, 2);
    }
    const { code, stderr } = await python("candles.py", "candle1m:BTC-USDT");
    assert.match(stderr, /^No module named 'okws_client'; install .*: pip install \.\/clients\/python\n$/);
    assert.equal(code, 1);
  },
);

Deno.test("examples: what their page installs leaves no file in a clone that git does not ignore", async () => {
  const page = await readPage("examples/README.md");
  const program = await readPage("examples/node/price.mjs");
  const ignored = await readPage(".gitignore");
  const printed = [...`${page}\n${program}`.matchAll(/npm install[^\n`",]*/g)].map(([line]) => line);
  assert.equal(printed.length, 3);
  // A package.json in the folder of the project would be read by Deno, too, and change deno.lock.
  const clean = "npm install --no-save --no-package-lock --prefix examples/node redis";
  for (const line of printed) assert.equal(line, clean);
  for (const name of ["node_modules/", "*.egg-info/", "clients/python/build/"]) {
    assert.ok(ignored.includes(`${name}\n`), name);
  }
});

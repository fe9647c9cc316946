/** Options of `deno task bench`: what is measured with which program at which rates. */
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { OPTIONS, type Options, readOptions } from "../../../scripts/bench/options.ts";
import { type Choice, nameOf, planScenarios } from "../../../scripts/bench/scenario.ts";

Deno.test("without arguments everything but other libraries is measured, with and without TLS", () => {
  const options = parseOptions([]);
  assert.deepEqual(
    [options.works, options.peers, options.seconds, options.rates, options.tls],
    [["tickers", "books"], false, 8, undefined, true],
  );
});

Deno.test("works, a length of time and rates are taken in any order", () => {
  const options = parseOptions([
    "--rate",
    "500,1000",
    "books",
    "2.5",
    "peers",
    "--no-tls",
    "--only",
    "okws,relay",
  ]);
  assert.deepEqual(
    [options.works, options.peers, options.seconds, options.rates, options.tls, options.only],
    [["books"], true, 2.5, [500, 1000], false, ["okws", "relay"]],
  );
});

for (
  const [args, message] of [
    [["trades"], /trades is neither tickers, books nor peers/],
    [["8", "9"], /two lengths of time, 8 and 9/],
    [["0"], /SECONDS is 0/],
    [["86400"], /SECONDS is 86400/],
    [["--rate", "1e9"], /--rate is 1e9/],
    [["--rate", "200,"], /--rate is empty/],
    [["--fast"], /--fast/],
  ] as const
) {
  Deno.test(`${args.join(" ")} is wrong usage that is named`, () => {
    assert.throws(
      () => parseOptions([...args]),
      (error) => error instanceof TypeError && message.test(error.message),
    );
  });
}

const ALL: Choice = { works: ["tickers", "books"], rates: undefined, only: undefined, tls: true, peers: [] };

Deno.test("each work and rate has the relay, the plain way and okws; the lowest goes through TLS too", () => {
  const names = planScenarios(ALL).map(nameOf);
  for (const program of ["relay", "plain", "okws"]) {
    for (
      const rate of [
        "2,000 tickers/s",
        "20,000 tickers/s",
        "300,000 tickers/s",
        "2,000 books/s",
        "10,000 books/s",
      ]
    ) {
      assert.ok(names.includes(`${program}, ${rate}`));
    }
  }
  assert.deepEqual(names.filter((name) => name.endsWith("TLS")), [
    "relay, 2,000 tickers/s, TLS",
    "okws, 2,000 tickers/s, TLS",
    "relay, 2,000 books/s, TLS",
    "okws, 2,000 books/s, TLS",
  ]);
  assert.equal(names.length, new Set(names).size);
});

Deno.test("other libraries are offered what they can keep pace with, or the rates that were asked for", () => {
  const peers = ["ccxt"];
  const ratesOf = (choice: Choice) =>
    planScenarios(choice).filter(({ program }) => program === "ccxt").map(({ work, offered }) =>
      `${offered} ${work}`
    );
  assert.deepEqual(ratesOf({ ...ALL, peers }), ["2000 tickers", "20000 tickers", "2000 books"]);
  assert.deepEqual(ratesOf({ ...ALL, peers, works: ["books"], rates: [50_000] }), ["50000 books"]);
});

Deno.test("programs can be named, and nothing else is measured then", () => {
  const names = planScenarios({ ...ALL, works: ["books"], only: ["okws-top"] }).map(nameOf);
  assert.deepEqual(names, ["okws-top, 2,000 books/s"]);
  const unleased = planScenarios({ ...ALL, works: ["books"], only: ["okws", "okws-unleased"] }).map(nameOf);
  assert.ok(unleased.includes("okws-unleased, 2,000 books/s"));
  assert.ok(!planScenarios(ALL).some(({ program }) => program === "okws-unleased"));
});

function parseOptions(args: string[]): Options {
  return readOptions(parseArgs({ args, allowPositionals: true, options: OPTIONS }));
}

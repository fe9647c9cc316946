/** What the option parser says, as one sentence. */
import assert from "node:assert/strict";
import { formatParserFault } from "../../../src/cli/faults.ts";

Deno.test("formatParserFault() makes one sentence of what the parser says", async (t) => {
  const table: [string, string][] = [
    ["error: unknown option '--x=1'\n(Did you mean --x?)", "option --x takes no value"],
    ["error: unknown command 'serv'\n(Did you mean serve?)", "unknown command serv; did you mean serve?"],
    ["error: unknown command 'nope'\n(Did you mean top?)", "unknown command nope"],
    [
      "error: unknown option '--x'\n(Did you mean one of --a, --b?)",
      "unknown option --x; did you mean --a or --b?",
    ],
    ["error: unknown option '--x'", "unknown option --x"],
    ["error: missing required argument 'path'", "missing required argument path"],
    ["error: option '-c, --config <file>' argument missing", "option -c, --config <file> argument missing"],
    [
      "error: option '--protocol <v5|v3>' argument 'v4' is invalid. Allowed choices are v5, v3.",
      "--protocol is one of v5, v3: v4; did you mean v5?",
    ],
    [
      "error: command-argument value 'x' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.",
      "shell is one of bash, zsh, fish: x",
    ],
    [
      "error: too many arguments for 'quit'. Expected 0 arguments but got 1.",
      "too many arguments for quit. Expected 0 arguments but got 1",
    ],
  ];
  const ways = ["serve", "client", "client servers", "service install"];
  assert.equal(
    formatParserFault("error: unknown command 'server'", ways),
    "unknown command server; did you mean okws serve?",
  );
  assert.equal(
    formatParserFault("error: unknown command 'instal'", ways),
    "unknown command instal; did you mean okws service install?",
  );
  assert.equal(
    formatParserFault("error: unknown command 'servers'\n(Did you mean serve?)", ways),
    "unknown command servers; did you mean okws client servers?",
  );
  assert.equal(formatParserFault("error: unknown command 'xyzzy'", ways), "unknown command xyzzy");
  for (const [text, sentence] of table) {
    await t.step(text, () => assert.equal(formatParserFault(text), sentence));
  }
});

Deno.test("a command by the name that other programs have for it is answered with ours", () => {
  const said = (word: string) =>
    formatParserFault(`error: unknown command '${word}'\n(Did you mean top?)`, ["serve", "service status"]);
  assert.equal(said("start"), "unknown command start; did you mean okws serve?");
  assert.equal(said("run"), "unknown command run; did you mean okws serve?");
  assert.equal(said("restart"), "unknown command restart; did you mean okws serve --takeover?");
  assert.equal(said("sub"), "unknown command sub; did you mean okws subscribe?");
  assert.equal(said("status"), "unknown command status; did you mean okws service status?");
});

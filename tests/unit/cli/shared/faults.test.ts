/** What the option parser says, as one sentence. */
import assert from "node:assert/strict";
import { formatParserFault, waysBelow } from "../../../../src/cli/shared/faults.ts";
import { createProgram, run } from "../../../../src/cli/mod.ts";
import { SYNONYMS, SYNONYMS_IN } from "../../../../src/cli/shared/synonyms.ts";
import type { Io } from "../../../../src/cli/terminal/io.ts";

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
    formatParserFault("error: unknown command 'server'", { ways }),
    "unknown command server; did you mean okws serve?",
  );
  assert.equal(
    formatParserFault("error: unknown command 'instal'", { ways }),
    "unknown command instal; did you mean okws service install?",
  );
  assert.equal(
    formatParserFault("error: unknown command 'servers'\n(Did you mean serve?)", { ways }),
    "unknown command servers; did you mean okws client servers?",
  );
  assert.equal(formatParserFault("error: unknown command 'xyzzy'", { ways }), "unknown command xyzzy");
  for (const [text, sentence] of table) {
    await t.step(text, () => assert.equal(formatParserFault(text), sentence));
  }
});

Deno.test("a command by the name that other programs have for it is answered with ours", () => {
  const said = (word: string) =>
    formatParserFault(`error: unknown command '${word}'\n(Did you mean top?)`, {
      ways: ["serve", "service status"],
    });
  assert.equal(said("start"), "unknown command start; did you mean okws serve?");
  assert.equal(said("run"), "unknown command run; did you mean okws serve?");
  assert.equal(said("restart"), "unknown command restart; did you mean okws serve --takeover?");
  assert.equal(said("sub"), "unknown command sub; did you mean okws subscribe?");
  assert.equal(said("stop"), "unknown command stop; did you mean okws quit?");
  assert.equal(said("config"), "unknown command config; did you mean okws check or okws init?");
  assert.equal(said("status"), "unknown command status; did you mean okws service status?");
});

/** The suggestion at the end of what the program says of a mistake, and nothing else of it. */
async function suggestion(line: string, language = "en"): Promise<string | undefined> {
  const notes: string[] = [];
  const io = {
    environment: { OKWS_LANG: language },
    print: () => {},
    note: (text: string) => notes.push(text),
  } as unknown as Io;
  assert.equal(await run(line.split(" "), io), 2, line);
  return /(?:did you mean |是否想写 )(.+)[?？]$/m.exec(notes.join("\n"))?.[1];
}

Deno.test("every command of another name that is suggested is there, and its page can be asked for", async (t) => {
  const program = createProgram({ environment: {} } as Io, () => {});
  const ways = waysBelow(program);
  const inside = Object.entries(SYNONYMS_IN).flatMap(([group, words]) =>
    Object.entries(words).map(([word, meant]) => [`${group} ${word}`, meant] as const)
  );
  for (const [word, meant] of [...Object.entries(SYNONYMS), ...inside]) {
    await t.step(word, () => {
      for (const each of meant.split(", ")) {
        assert.ok(ways.includes(each.replace(/^okws /, "").replace(/ --.*$/, "")), each);
      }
      // A word that is a command already is never looked up.
      assert.ok(!ways.includes(word), word);
    });
  }
});

Deno.test("a misspelt group is suggested with the command in it, and a synonym where it is meant", async (t) => {
  const table: [string, string | undefined][] = [
    ["clinet status", "okws client status"],
    ["clinet sttaus tickers", "okws client status"],
    ["clinet nonsense", "client"],
    ["clinet", "client"],
    ["help clinet status", "okws client status"],
    ["servce install -c x", "okws service install"],
    ["stop", "okws quit"],
    ["help stop", "okws quit"],
    ["client stop", "okws quit"],
    ["service stop", "okws service show"],
    ["service status", "okws service show"],
    ["update", "okws upgrade"],
    ["exit", "okws quit"],
    ["ls", "okws status"],
    ["config", "okws check or okws init"],
    ["-v", "--version"],
    ["-V", "--version"],
    ["serve -v", undefined],
    ["logs --root /x", undefined],
  ];
  for (const [line, expected] of table) {
    await t.step(line, async () => assert.equal(await suggestion(line), expected));
  }
  assert.equal(await suggestion("config", "zh"), "okws check 或 okws init");
});

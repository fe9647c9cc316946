/** The READMEs and the reference: what they show is run, and what they say of `P/subs` is what is there. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { parseConfig } from "../../src/config/schema.ts";
import { freePort } from "../support/free_port.ts";
import { skippable } from "../support/needs.ts";
import { commandLine, startOkws } from "../support/program.ts";
import { redisTest } from "../support/redis_server.ts";
import { waitFor } from "../support/wait.ts";
import { type Block, blocksOf, codeOf, readPage } from "./blocks.ts";
import { type Environment, needsOf, startEnvironment } from "./environment.ts";

const COMMAND_LINE = "docs/reference/command-line.md";
const REDIS = "docs/reference/redis.md";

/** Pages that show a configuration. */
const CONFIGURED = [
  ...["README.md", "README.zh-CN.md"],
  ...["docs/reference/configuration.md", "docs/reference/configuration.zh-CN.md"],
];

/** Pages whose Chinese counterpart has the same code. */
const ENGLISH = [
  ...["README.md", "docs/development.md", "docs/recording.md", "docs/high-availability.md"],
  ...["command-line", "commands", "configuration", "library", "redis"].map((name) =>
    `docs/reference/${name}.md`
  ),
];

const DEADLINE = { deadlineMs: 60_000 };

/** What runs the shell blocks of docs/reference/command-line.md. */
const CONFIG = `
servers:
  - name: test
subscribes:
  - server: test
    channels: ["tickers:BTC-USDT", "candle1s:BTC-USDT", "trades:BTC-USDT"]
`;

redisTest(
  "the first minutes of README.md: a file, a service, rows in Redis, and none that is old",
  async (t) => {
    const [begin, look] = await blocksAt("README.md", "Start in a minute");
    const [init = "", serve = ""] = codeOf(begin as Block).split("\n");
    await using environment = await startEnvironment("", { serve: false });
    await Deno.remove(`${environment.folder}/okws.yaml`);
    const made = await environment.run({ ...begin as Block, text: init });
    assert.equal(made.code, 0, made.stderr);
    // The exchange itself is out of reach here.
    const file = `${environment.folder}/okws.yaml`;
    const written = await Deno.readTextFile(file);
    assert.match(written, /endpoint: "okx"/);
    await Deno.writeTextFile(file, written.replace('endpoint: "okx"', `endpoint: "${environment.mock.url}"`));
    assert.equal(serve, "okws serve");
    await using service = startOkws(serve.split(" ").slice(1), {
      env: { ...environment.env, OKWS_CONFIG: undefined },
      cwd: environment.folder,
    });
    await service.waitForLine(/Listening for commands/, DEADLINE);
    await waitFor(
      "a row",
      async () => await environment.redis.exists("okex/test/tickers:BTC-USDT"),
      DEADLINE,
    );
    const shown = await environment.run(look as Block);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /"last":"[\d.]+"[^\n]*\n[\d.]+\n\{"state":"live",/);
    const programs = await blocksAt("README.md", "A price that may be used, or none");
    for (const block of programs) {
      const fn = async () => {
        const { code, stdout, stderr } = await environment.run(block);
        assert.equal(code, 0, `${stdout}\n${stderr}`);
        assert.match(stdout, /^trade at [\d.]+\n$|"last":"[\d.]+"/);
      };
      await t.step(skippable(needsOf(block), `fresh, in ${block.language}`, fn));
    }
    assert.equal(await service.stop(), 0, service.text());
    for (const block of programs) {
      const fn = async () => {
        const { code, stdout } = await environment.run({ ...block, text: block.text.replace("5000", "1") });
        assert.match(`${code} ${stdout}`, /^0 wait: stale and \d+ ms old\n$|^5 $/);
      };
      await t.step(skippable(needsOf(block), `stopped, in ${block.language}`, fn));
    }
  },
);

redisTest("docs/reference/library.md does what its comments say", async () => {
  const [block] = blocksOf(await readPage("docs/reference/library.md")).filter(({ language }) =>
    language === "ts"
  );
  await using environment = await startEnvironment("servers: [{ name: test }]", { serve: false });
  const { code, stdout, stderr } = await environment.run(block as Block);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /^[\d.]+\n[\d.]+\n$/);
});

redisTest(
  "the record of P/subs in the reference has the members that a real one has, and a row for each",
  async () => {
    const page = await readPage(REDIS);
    const shown = blocksOf(page).find(({ language, text }) =>
      language === "json" && text.includes('"state"')
    );
    const reported = JSON.parse(shown?.text ?? "") as Record<string, unknown>;
    await using environment = await startEnvironment(CONFIG);
    const record = await waitFor(
      "a record",
      () => environment.redis.hget("okex/test/subs", "tickers:BTC-USDT"),
      DEADLINE,
    );
    assert.deepEqual(Object.keys(reported), Object.keys(JSON.parse(record) as object));
    for (const name of Object.keys(reported)) {
      assert.match(page, new RegExp(`^\\| \`${name}\` \\|`, "m"), name);
    }
  },
);

Deno.test("the commands of docs/development.md for the simulated exchange are carried out", async () => {
  const [block] = await blocksAt("docs/development.md", "The simulated exchange");
  const port = String(freePort());
  const [start = "", ...commands] = codeOf(block as Block).replaceAll("8080", port).split("\n");
  assert.match(start, /^okws mock --port \d+$/);
  await using mock = startOkws(start.split(" ").slice(1));
  await mock.waitForLine(new RegExp(port), DEADLINE);
  assert.ok(commands.length > 3);
  for (const command of commands) {
    const [, body, url = ""] = /^curl (?:-d "([^"]+)" )?(\S+)$/.exec(command) ?? [];
    const response = await fetch(url, body === undefined ? {} : { method: "POST", body });
    const answer = await response.text();
    assert.equal(response.status, 200, `${command}: ${answer}`);
  }
});

for (const page of CONFIGURED) {
  Deno.test(`the configuration that ${page} shows has no fault`, async () => {
    const configs = blocksOf(await readPage(page)).filter(({ language }) => language === "yaml");
    assert.ok(configs.length > 0);
    for (const { text } of configs) assert.ok("config" in parseConfig(parse(text)), text);
  });
}

for (const page of ENGLISH) {
  Deno.test(`${page.replace(".md", ".zh-CN.md")} has the same code, but for its comments`, async () => {
    const [ours, theirs] = await Promise.all([page, page.replace(".md", ".zh-CN.md")].map(readPage));
    // What a program printed is in its own language.
    const code = (text = "") => blocksOf(text).filter(({ language }) => language !== "").map(codeOf);
    assert.deepEqual(code(theirs), code(ours));
  });
}

redisTest(`the commands of ${COMMAND_LINE} print what they are meant to`, async (t) => {
  const blocks = blocksOf(await readPage(COMMAND_LINE)).filter(({ language }) => language === "sh");
  await using environment = await startEnvironment(CONFIG);
  await ready(environment);
  const shows: readonly (readonly RegExp[])[] = [
    [
      /tickers:BTC-USDT|last +[\d.]+/,
      /^ts,open,high,low,close/m,
      /^\[\{"instId":"BTC-USDT".*"tradeId"/m,
      /^\{"instType":"SPOT"/m,
    ],
    [/^(\{.*"tradeId":"\d+".*\}\n){3}$/],
    [/"rows": *[\d.]+/],
  ];
  assert.equal(blocks.length, shows.length);
  for (const [i, block] of blocks.entries()) {
    const fn = async () => {
      const { code, stdout, stderr } = await environment.run(block);
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      for (const pattern of shows[i] ?? []) assert.match(stdout, pattern);
    };
    await t.step(skippable(needsOf(block), `line ${block.line}`, fn));
  }
});

Deno.test(`${COMMAND_LINE} completes with scripts that can be had`, async () => {
  const page = await readPage(COMMAND_LINE);
  for (const [, shell = ""] of page.matchAll(/^\| (\w+) \| `okws completions (?:\w+)/gm)) {
    const [program, ...args] = commandLine(["completions", shell]);
    const { success, stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    assert.ok(success && stdout.length > 200, shell);
  }
});

async function blocksAt(page: string, heading: string): Promise<Block[]> {
  return blocksOf(await readPage(page)).filter((block) => block.heading === heading);
}

async function ready({ redis }: Environment): Promise<void> {
  await waitFor("candles and trades", async () => {
    const candles = await redis.zcard("okex/test/candle1s:BTC-USDT");
    return candles > 3 && await redis.xlen("okex/test/trades:BTC-USDT") > 3;
  }, DEADLINE);
}

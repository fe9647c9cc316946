/** docs/operating.md: its commands are run, its figures measured again, and its tables compared with the code. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { measure } from "../../scripts/memory.ts";
import { PAGES, readMemoryTable } from "../../scripts/memory/table.ts";
import { skippable } from "../support/needs.ts";
import { redisTest } from "../support/redis_server.ts";
import { waitFor } from "../support/wait.ts";
import { type Block, blocksOf, codeOf, readPage } from "./blocks.ts";
import { type Environment, needsOf, startEnvironment } from "./environment.ts";

const CONFIG = `
servers:
  - name: test
subscribes:
  - server: test
    channels: ["tickers:BTC-USDT", "candle1m:BTC-USDT", "trades:BTC-USDT"]
`;

type Check = {
  readonly shows: readonly RegExp[];
  readonly then?: (environment: Environment) => Promise<void>;
};

/** By the first line of a block, without its comment. */
const CHECKS: Readonly<Record<string, Check>> = {
  "okws check -c okws.yaml": { shows: [/tickers:BTC-USDT/, /maxmemory-policy/, /okws-writer/] },
  "redis-cli config set maxmemory 2gb": {
    shows: [/^OK\nOK\nOK\nOK\nOK\n$/],
    async then({ redis }) {
      const [, limits = ""] = await redis.config("GET", "client-output-buffer-limit") as string[];
      assert.match(limits, /pubsub 33554432 8388608 60$/);
      // Its file would outlive the test.
      await redis.config("SET", "appendonly", "no");
    },
  },
  "redis-cli client list type pubsub": { shows: [/^ addr=127[\d.:]+\t name=\S*\t omem=\d+$/m] },
  "redis-cli info memory": {
    shows: [/^used_memory_human:/m, /^maxmemory_human:2\.00G/m, /^Biggest +hash found .* has \d+ bytes$/m],
  },
  "okws check -c okws.yaml && okws client reload": { shows: [/^{"opened":.*"restart":\[\]}$/m] },
  "redis-cli hkeys okex/test/wanted": { shows: [/^tickers:ETH-USDT\n/] },
  "okws client status": { shows: [/"tickers:BTC-USDT"/, /"messages":/, /path/] },
};

redisTest("the commands of docs/operating.md do what they say", async (t) => {
  await using environment = await startEnvironment(CONFIG);
  const command = { id: "d-1", op: "subscribe", name: "test", args: ["tickers:ETH-USDT"], wait: true };
  await environment.redis.publish("trade-ws", JSON.stringify(command));
  await waitFor("the reply", () => environment.redis.get("trade-ws/info/d-1"), { deadlineMs: 60_000 });
  // Something to be seen among what was missed.
  environment.mock.command("drop public");
  await waitFor("a gap", async () => await environment.redis.xlen("okex/test/gaps") > 0, {
    deadlineMs: 60_000,
  });
  const blocks = blocksOf(await readPage(PAGES.en)).filter(({ language }) => language === "sh");
  assert.deepEqual(blocks.map(nameOf).toSorted(), Object.keys(CHECKS).toSorted());
  for (const block of blocks) {
    const fn = async () => {
      const { shows, then } = CHECKS[nameOf(block)] as Check;
      const { code, stdout, stderr } = await environment.run(block);
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      for (const pattern of shows) assert.match(stdout, pattern, stderr);
      await then?.(environment);
    };
    await t.step(skippable(needsOf(block), nameOf(block), fn));
  }
});

redisTest("the memory figures of docs/operating.md are what is measured", async () => {
  const reported = readMemoryTable(await readPage(PAGES.en));
  assert.deepEqual(readMemoryTable(await readPage(PAGES.zh)), reported);
  const measured = await measure();
  assert.deepEqual(measured.map(({ path }) => path), [...reported.keys()]);
  for (const { path, bytes } of measured) {
    const figure = reported.get(path) as number;
    // Another version of Redis or another allocator differs by some per cent.
    assert.ok(Math.abs(bytes - figure) < 0.35 * figure, `${path}: ${figure} documented, ${bytes} measured`);
  }
});

for (const page of Object.values(PAGES)) {
  Deno.test(`${page} has a section for every alert, to which its rule leads`, async () => {
    const { groups } = parse(await readPage("config/alerts.yaml")) as {
      groups: { rules: { alert: string; annotations: Record<string, string> }[] }[];
    };
    const rules = groups.flatMap(({ rules }) => rules);
    assert.ok(rules.length > 5);
    const text = await readPage(page);
    const headings = [...text.matchAll(/^### (Okws\w+)$/gm)].map(([, name]) => name as string);
    assert.deepEqual(headings, rules.map(({ alert }) => alert));
    for (const { alert, annotations } of rules) {
      const url = `https://github.com/oscnet/okws/blob/main/${PAGES.en}#${alert.toLowerCase()}`;
      assert.equal(annotations.runbook_url, url);
      const [, section = ""] = text.split(`### ${alert}\n`);
      assert.ok(
        (section.split(/^##/m)[0] ?? "").trim().split("\n\n").length >= 2,
        `${alert}: what is it, and what to do?`,
      );
    }
  });

  Deno.test(`${page} has every line that a running service warns with`, async () => {
    const reported = await firstCells(page, /^(?!Okws|P\/)[A-Z]/);
    const said = await warnings();
    assert.ok(said.size > 20, "the warnings are found in the source");
    assert.deepEqual(
      [...said].filter((line) => !reported.includes(line)),
      [],
      "in the code and not on the page",
    );
    const all = await sourceTexts();
    assert.deepEqual(
      reported.filter((line) => !all.some((text) => text.includes(`"${line}"`))),
      [],
      "on the page alone",
    );
  });
}

Deno.test("docs/operating.zh-CN.md has the same code, but for its comments", async () => {
  const [ours, theirs] = await Promise.all([PAGES.en, PAGES.zh].map(readPage));
  const code = (page: string | undefined) =>
    blocksOf(page ?? "").map((block) => `${block.language}\n${codeOf(block)}`);
  assert.deepEqual(code(theirs), code(ours));
});

function nameOf(block: Block): string {
  return codeOf(block).split("\n")[0]?.split(" | ")[0] as string;
}

/** What stands in code style at the beginning of table rows. */
async function firstCells(page: string, pattern: RegExp): Promise<string[]> {
  const cells = [...(await readPage(page)).matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell as string);
  return cells.filter((cell) => pattern.test(cell));
}

/** Folders whose code runs in the service; of the command line it alone logs. */
const FOLDERS = ["app/", "cli/serve/", "control/", "http/", "logging/", "session/", "store/", "system/"];

/** The texts that the service logs as warnings and errors, as far as they are written out. */
async function warnings(): Promise<Set<string>> {
  const call = /(?:log\.(?:warn|error)|#?warn\w*|#?complain)\(\s*"([^"]+)"/g;
  return new Set(
    (await sourceTexts()).flatMap((text) => [...text.matchAll(call)].map(([, line]) => line as string)),
  );
}

async function sourceTexts(): Promise<string[]> {
  const texts: string[] = [];
  const folders = [...FOLDERS];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const at = new URL(`../../src/${folder}`, import.meta.url);
    for await (const { name, isDirectory } of Deno.readDir(at)) {
      if (isDirectory) folders.push(`${folder}${name}/`);
      else if (name.endsWith(".ts")) texts.push(await Deno.readTextFile(new URL(name, at)));
    }
  }
  return texts;
}

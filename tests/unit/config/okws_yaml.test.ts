/** The commented configuration that ships with okws says what is true, and leaves nothing out. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { loadConfig } from "../../../src/config/load.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { settingsSchema } from "../../../src/config/shapes.ts";

const FILE = new URL("../../../config/okws.yaml", import.meta.url);

type File = { settings: Record<string, unknown>; servers: unknown[]; subscribes: unknown[] };

Deno.test("okws.yaml is a good configuration", async () => {
  const config = await loadConfig({ file: FILE.pathname, environment: {} });
  assert.deepEqual(config.servers.map(({ name, endpoint }) => [name, endpoint]), [["test", "okx"]]);
  assert.deepEqual(config.subscribes.flatMap(({ topics }) => topics.map(({ path }) => path)), [
    "spot/ticker:ETH-USDT",
  ]);
});

Deno.test("okws.yaml names every setting, and its values are the defaults", async () => {
  const text = await Deno.readTextFile(FILE);
  const { settings } = parse(text) as File;
  assert.deepEqual(settingsSchema.parse(settings), settingsSchema.parse({}));
  // What has no default stands there as a comment.
  const commented = [...text.matchAll(/^ {2}# ([A-Z_]+): \S/gm)].map(([, name]) => name as string);
  const named = [...Object.keys(settings), ...commented];
  assert.deepEqual(named.sort(), Object.keys(settingsSchema.shape).sort());
});

Deno.test("okws.yaml explains each setting", async () => {
  const lines = (await Deno.readTextFile(FILE)).split("\n");
  for (const [i, line] of lines.entries()) {
    if (!/^ {2}(# )?[A-Z_]+: \S/.test(line)) continue;
    assert.match(lines[i - 1] ?? "", /^ {2}# \S.*\.$/, line);
  }
});

Deno.test("the members and paths that okws.yaml holds as comments work when they are switched on", async () => {
  const text = await Deno.readTextFile(FILE);
  const switchedOn = text.replace(
    /^( +)# (apiKey|secret|password|endpoint|protocol|REDIS_URL|-)(:? )/gm,
    "$1$2$3",
  );
  const parsed = parseConfig(parse(switchedOn));
  assert.ok("config" in parsed, JSON.stringify(parsed));
  const { credentials } = parsed.config.servers[0] ?? {};
  assert.deepEqual(credentials, {
    apiKey: "${OKX_API_KEY}",
    secret: "${OKX_SECRET}",
    passphrase: "${OKX_PASSPHRASE}",
  });
  assert.equal(parsed.config.subscribes[0]?.topics.length, 6);
});

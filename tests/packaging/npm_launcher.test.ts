/** scripts/release/npm_launcher.js, run by Node where no Deno is installed beside it. */
import assert from "node:assert/strict";
import { testWith } from "../support/needs.ts";

const LAUNCHER = new URL("../../scripts/release/npm_launcher.js", import.meta.url);

testWith(["npm"], "the npm launcher says in the reader's language that it has no Deno to run", async () => {
  const folder = await Deno.makeTempDir({ prefix: "okws-launcher-" });
  try {
    await Deno.copyFile(LAUNCHER, `${folder}/okws.mjs`);
    const launch = async (env: Readonly<Record<string, string>>) => {
      const { code, stderr } = await new Deno.Command("node", {
        args: [`${folder}/okws.mjs`, "version"],
        clearEnv: true,
        env: { PATH: Deno.env.get("PATH") ?? "", ...env },
        stdin: "null",
      }).output();
      return { code, err: new TextDecoder().decode(stderr) };
    };
    const OKWS_DENO = `${folder}/none`;
    const table: [Record<string, string>, RegExp][] = [
      [{}, /^okws: @deno\/\S+ is not installed: .* OKWS_DENO=\/path\/to\/deno\n$/],
      [{ LANG: "zh_CN.UTF-8" }, /^okws: 没有安装 @deno\/\S+：.*OKWS_DENO=\/path\/to\/deno .*\n$/],
      [{ LANG: "zh_CN.UTF-8", LC_ALL: "C", OKWS_DENO }, /^okws: cannot run Deno \(.+\/none\): .*ENOENT\n$/],
      [{ LANG: "en_US.UTF-8", OKWS_LANG: "zh", OKWS_DENO }, /^okws: 无法运行 Deno（.+\/none）：.*ENOENT\n$/],
    ];
    const runs = await Promise.all(table.map(([env]) => launch(env)));
    for (const [i, { code, err }] of runs.entries()) {
      assert.equal(code, 1);
      assert.match(err, table[i]![1]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

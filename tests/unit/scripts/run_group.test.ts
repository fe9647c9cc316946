/** A run of tests that is interrupted leaves nothing that runs on. */
import assert from "node:assert/strict";
import { relative } from "node:path";
import { runGroup } from "../../../scripts/test/run.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";

testWith(
  ["Linux"],
  "an interrupted run of tests has failed, and ends with all that its tests have started",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "okws-run-" });
    try {
      const file = `${folder}/hangs.test.ts`;
      await Deno.writeTextFile(
        file,
        `Deno.test("hangs", async () => {
        const child = new Deno.Command("sleep", { args: ["300"] }).spawn();
        await Deno.writeTextFile("${folder}/pids", Deno.pid + " " + child.pid + "\\n");
        await child.status;
      });`,
      );
      const interrupted = new AbortController();
      const running = runGroup({
        files: [relative(Deno.cwd(), file)],
        jobs: 1,
        seed: 1,
        deadlineMs: 60_000,
        signal: interrupted.signal,
        onLine: () => {},
      });
      const pids = await waitFor("the test", async () => {
        const text = await Deno.readTextFile(`${folder}/pids`);
        return text.endsWith("\n") ? text.trim().split(" ") : undefined;
      });
      interrupted.abort();
      assert.deepEqual((await running).failing, ["interrupted"]);
      for (const pid of pids) await waitFor(`the end of ${pid}`, async () => !await runs(pid));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

async function runs(pid: string): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  // An orphan may be a zombie for a while.
  return stat !== "" && !/\) [ZX] /.test(stat);
}

/**
 * Every command that reads or writes what a person names says what is the matter with it, in words of its own: the file, the
 * reason and the documented exit code, never the runtime's words or a stack.
 */
import assert from "node:assert/strict";
import { runChild } from "../../support/child.ts";
import { testWith } from "../../support/needs.ts";
import { commandLine, type Ran, runOkws } from "../../support/program.ts";
import { tempFolder } from "./environment.ts";

const LONG = "n".repeat(300);

/** The runtime's words. */
const FOREIGN = /os error|deno|ext:|\bat async\b|report it|(?:write|read|open)(?:file|dir)|mkdir '|stat '/i;

/** A folder with what can be in the way: `folder`, `file`, `loop` and `dangling`. */
async function obstacles() {
  const folder = await tempFolder();
  await Deno.mkdir(`${folder.path}/folder`);
  await Deno.writeTextFile(`${folder.path}/file`, "");
  await Deno.symlink("loop", `${folder.path}/loop`);
  await Deno.symlink("nowhere/x", `${folder.path}/dangling`);
  return folder;
}

function assertSays(ran: Ran, code: number, reason: RegExp): void {
  assert.equal(ran.code, code, ran.stderr);
  assert.match(ran.stderr, reason);
  assert.doesNotMatch(ran.stderr.replaceAll(LONG, "").replaceAll("npx -y deno", ""), FOREIGN);
}

const RECORD = ["record", "tickers:BTC-USDT", "--endpoint", "ws://127.0.0.1:1", "--seconds", "1", "--out"];

/** Command, place, exit code, reason. */
const CASES: readonly (readonly [readonly string[], string, number, RegExp])[] = [
  [["init", "--yes"], "/proc/okws", 1, /cannot write \/proc\/okws: /],
  [["init", "--yes"], "folder", 1, /folder is there already/],
  [["init", "--yes"], "dangling", 1, /dangling is there already/],
  [["init", "--yes"], "file/x", 1, /cannot write file\/x: a part of this path is a file/],
  [["init", "--yes"], "none/x", 1, /there is no such folder/],
  [["init", "--yes"], "loop/x", 1, /its links lead in a circle/],
  [["init", "--yes"], LONG, 1, /its name is longer/],
  [["init", "--yes", "--force"], "folder", 1, /cannot write folder: it is a folder/],
  [["init", "--yes", "--force"], "/dev/full", 1, /cannot write \/dev\/full: /],
  [["check", "-c"], "file/x", 2, /file\/x: a part of this path is a file/],
  [["check", "-c"], "folder", 2, /folder: is not a file/],
  [["check", "-c"], "loop", 2, /loop: its links lead in a circle/],
  [["check", "-c"], LONG, 2, /its name is longer/],
  [["serve", "-c"], "dangling", 2, /dangling: there is no such file/],
  [["replay"], "loop", 2, /cannot read loop: its links lead in a circle/],
  [["replay"], "file/x", 2, /cannot read file\/x: a part of this path is a file/],
  [["replay"], LONG, 2, /its name is longer/],
  [["export", "--format", "csv"], "dangling", 2, /there is no dangling/],
  [["export", "--format", "csv"], LONG, 2, /its name is longer/],
  [RECORD, "file/x", 1, /cannot record into file\/x: a part of this path is a file/],
  [RECORD, "file", 1, /cannot record into file: something else is there already/],
  [RECORD, "dangling", 1, /something else is there already/],
  [RECORD, LONG, 1, /its name is longer/],
  [["service", "install", "--dry-run", "-c", "/okws.yaml", "--root"], "loop", 2, /cannot read .*in a circle/],
];

Deno.test("what is in the way of a file is named in okws's own words", async (t) => {
  await using folder = await obstacles();
  for (const [words, place, code, reason] of CASES) {
    await t.step(`${words.slice(0, 3).join(" ")} … ${place.slice(0, 20)}`, async () => {
      const last = words.at(-1) === "--root" ? `${folder.path}/${place}` : place;
      assertSays(await runOkws([...words, last], { cwd: folder.path }), code, reason);
    });
  }
});

Deno.test("what is in the way of a file is named in Chinese", async () => {
  await using folder = await obstacles();
  const ran = await runOkws(["init", "--yes", "file/x"], { cwd: folder.path, env: { OKWS_LANG: "zh" } });
  assertSays(ran, 1, /无法写入 file\/x：路径的一部分是文件/);
});

testWith(["root"], "a disk that is full or read-only is named, and nothing half is left on it", async (t) => {
  await using folder = await obstacles();
  const script = `mount -t tmpfs -o size=8k tmpfs folder && head -c 9000 /dev/zero > folder/fill 2>/dev/null
    [ "$1" = ro ] && mount -o remount,ro folder
    shift; "$@"; code=$?; find folder -type f ! -name fill -printf "left: %f\\n" >&2; exit $code`;
  const run = (kind: string, ...args: string[]) =>
    runChild("unshare", ["--mount", "sh", "-c", script, "sh", kind, ...commandLine(args)], {
      cwd: folder.path,
      name: args.join(" "),
      env: { OKWS_CONFIG: "" },
    });
  const reasons = { full: /the disk is full/, ro: /its file system is read-only/ };
  for (const [kind, reason] of Object.entries(reasons)) {
    for (
      const [words, code] of [[["init", "--yes"], 1], [["init", "--yes", "--force"], 1], [RECORD, 1]] as const
    ) {
      await t.step(`${kind}: ${words.slice(0, 3).join(" ")}`, async () => {
        const ran = await run(kind, ...words, "folder/okws");
        assertSays(ran, code, reason);
        assert.doesNotMatch(ran.stderr, /^left: /m);
      });
    }
  }
});

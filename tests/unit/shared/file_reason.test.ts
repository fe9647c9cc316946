/** What the system says of files is said in our words, in both languages. */
import assert from "node:assert/strict";
import { createTranslate } from "../../../src/cli/i18n/translate.ts";
import { ZH } from "../../../src/cli/i18n/zh.ts";
import { fileReason, type FileUse, isOfSystem } from "../../../src/shared/file_reason.ts";
import { englishOf } from "../../../src/shared/messages/message.ts";

/** What `attempt` is refused with. */
async function refusal(attempt: () => Promise<unknown>): Promise<unknown> {
  try {
    await attempt();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was refused");
}

/** An error as the runtime makes it of the system's. */
const systemError = (code: string, text: string) =>
  Object.assign(new Error(`${text}: writefile '/x'`), { code });

Deno.test("what the system refuses has a reason without the runtime's words, in both languages", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.symlink("loop", `${folder}/loop`);
    const long = "n".repeat(300);
    const write = (path: string) => refusal(() => Deno.writeTextFile(path, "x"));
    const read = (path: string) => refusal(() => Deno.readTextFile(path));
    const cases: readonly (readonly [string, FileUse, unknown, RegExp])[] = [
      ["a folder for a file", "write", await write(folder), /^it is a folder, not a file$/],
      ["a folder to read", "read", await read(folder), /^it is a folder, not a file$/],
      ["a file for a folder", "write", await write(`${folder}/file/x`), /^a part of this path is a file/],
      ["no folder", "write", await write(`${folder}/none/x`), /^there is no such folder$/],
      ["no file", "read", await read(`${folder}/none`), /^there is no such file$/],
      ["a long name", "write", await write(`${folder}/${long}`), /^its name is longer/],
      ["links in a circle", "read", await read(`${folder}/loop`), /^its links lead in a circle$/],
      ["a NUL", "write", await write(`${folder}/a\0b`), /^a name cannot have a NUL/],
      [
        "what is there",
        "write",
        await refusal(() => Deno.mkdir(folder)),
        /^something else is there already$/,
      ],
      [
        "a full disk",
        "write",
        await write("/dev/full").catch(() => systemError("ENOSPC", "")),
        /^the disk is full/,
      ],
      ["read only", "write", systemError("EROFS", "Read-only file system (os error 30)"), /is read-only/],
      ["no right", "write", systemError("EACCES", "Permission denied (os error 13)"), /may not write there$/],
      ["no right to read", "read", new Deno.errors.PermissionDenied("x"), /^this user may not read it$/],
      [
        "a file of the system",
        "write",
        new Deno.errors.NotCapable("Requires all access"),
        /okws does not touch/,
      ],
      ["what is rare", "write", systemError("ENXIO", "No such device (os error 6)"), /^No such device$/],
    ];
    const chinese = createTranslate(ZH);
    for (const [name, use, error, expected] of cases) {
      await t.step(name, () => {
        assert.ok(isOfSystem(error));
        const reason = fileReason(error, use);
        assert.match(englishOf(reason), expected);
        assert.doesNotMatch(englishOf(reason), /os error|writefile|readfile|deno/i);
        if (name !== "what is rare") assert.match(chinese.any(reason), /\p{Script=Han}/u);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an error of ours is none of the system", () => {
  assert.equal(isOfSystem(new TypeError("x")), false);
  assert.equal(isOfSystem("x"), false);
});

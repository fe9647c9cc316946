/** The Homebrew formula, installed by Ruby from the archive that it names; Homebrew itself is not asked. */
import assert from "node:assert/strict";
import { buildArchive } from "../../../scripts/release/archive.ts";
import { FORMULA_PLATFORMS, renderFormula } from "../../../scripts/release/formula.ts";
import { TARGETS } from "../../../scripts/release/targets.ts";
import { runChild } from "../../support/child.ts";
import { testWith } from "../../support/needs.ts";
import { tempFolder } from "./environment.ts";

const bin = Deno.env.get("OKWS_BIN");
const target = TARGETS.find(({ triple }) => triple === Deno.build.target);

async function succeed(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runChild(program, args);
  assert.equal(code, 0, `${program} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

if (bin && target !== undefined) {
  testWith(["Linux", "ruby"], "the formula installs what the archive has, and its test passes", async () => {
    await using folder = await tempFolder();
    const { path: output } = folder;
    const [, version = ""] = /^okws (\S+)/.exec(await succeed(bin, ["--version"])) ?? [];
    const name = await buildArchive({ target, bin, version, date: "2026-11-22", output, fast: true });
    const sum = (await succeed("sha256sum", [`${output}/${name}`])).slice(0, 64);
    const sums = Object.fromEntries(
      FORMULA_PLATFORMS.map((platform) => [platform, platform === target.name ? sum : "0".repeat(64)]),
    ) as Parameters<typeof renderFormula>[2];
    const formula = `${output}/okws.rb`;
    await Deno.writeTextFile(formula, renderFormula(version, "https://example.com/v", sums));
    await Deno.mkdir(`${output}/unpacked`);
    await succeed("tar", ["-xzf", `${output}/${name}`, "-C", `${output}/unpacked`]);
    const prefix = `${output}/prefix`;
    const script = new URL("homebrew.rb", import.meta.url).pathname;
    const processor = Deno.build.arch === "aarch64" ? "arm" : "intel";
    const said = await succeed("ruby", ["-w", script, formula, `${output}/unpacked`, prefix, processor]);
    assert.deepEqual(said.split("\n").slice(0, 2), [`https://example.com/v/${name}`, sum]);
    assert.match(said, /okws init && okws serve/);
    const installed = (await succeed("find", [prefix, "-type", "f", "-printf", "%P\n"])).trimEnd().split(
      "\n",
    );
    assert.deepEqual(installed.sort(), [
      "bin/okws",
      "etc/bash_completion.d/okws",
      "share/fish/vendor_completions.d/okws.fish",
      "share/man/man1/okws.1",
      "share/okws/alerts.yaml",
      "share/okws/okws.yaml",
      "share/zsh/site-functions/_okws",
    ]);
  });
}

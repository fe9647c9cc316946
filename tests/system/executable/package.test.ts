/** The Debian package of the executable: built, installed into a root of its own, and removed. */
import assert from "node:assert/strict";
import { buildPackage } from "../../../scripts/package/build.ts";
import { testWith } from "../../support/needs.ts";
import { tempFolder } from "./environment.ts";

type Output = { readonly code: number; readonly text: string };

async function run(program: string, args: readonly string[]): Promise<Output> {
  const decoder = new TextDecoder();
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
  }).output();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

async function has(program: string): Promise<boolean> {
  return await run(program, ["--version"]).then(({ code }) => code === 0, () => false);
}

/** A system that has nothing installed, for dpkg without root and without entering it. */
async function createSystem(root: string): Promise<(...args: string[]) => Promise<void>> {
  for (const name of ["info", "updates", "triggers"]) {
    await Deno.mkdir(`${root}/var/lib/dpkg/${name}`, { recursive: true });
  }
  await Deno.writeTextFile(`${root}/var/lib/dpkg/status`, "");
  await Deno.mkdir(`${root}/tmp`);
  const force = "not-root,depends,script-chrootless,bad-path,confold";
  return async (...args) => {
    const { code, text } = await run("dpkg", [
      `--root=${root}`,
      `--force-${force}`,
      "--log=/dev/null",
      ...args,
    ]);
    assert.equal(code, 0, text);
  };
}

async function filesBelow(root: string): Promise<string[]> {
  const { text } = await run("find", [root, "-type", "f", "-not", "-path", `${root}/var/*`]);
  return text.split("\n").filter(Boolean).map((path) => path.slice(root.length)).sort();
}

const bin = Deno.env.get("OKWS_BIN");

// Without an executable there is nothing to pack; the sources alone are no program that Debian could install.
if (bin) {
  testWith(
    ["Linux", "dpkg"],
    "the Debian package installs, runs, keeps what its user changed, and is removed",
    async (t) => {
      await using folder = await tempFolder();
      const root = `${folder.path}/root`;
      await Deno.mkdir(root);
      const { file } = await buildPackage({ bin, output: folder.path, format: "deb", fast: true });
      const dpkg = await createSystem(root);

      await t.step("its files are there, with the right modes", async () => {
        await dpkg("--install", file);
        assert.deepEqual(await filesBelow(root), [
          "/etc/okws/okws.yaml",
          "/usr/bin/okws",
          "/usr/lib/systemd/system/okws.service",
          "/usr/lib/systemd/system/okws@.service",
          "/usr/share/bash-completion/completions/okws",
          "/usr/share/doc/okws/README.Debian",
          "/usr/share/doc/okws/changelog.Debian.gz",
          "/usr/share/doc/okws/changelog.gz",
          "/usr/share/doc/okws/copyright",
          "/usr/share/fish/vendor_completions.d/okws.fish",
          "/usr/share/lintian/overrides/okws",
          "/usr/share/man/man1/okws.1.gz",
          "/usr/share/zsh/vendor-completions/_okws",
        ]);
        const modeOf = async (path: string) => ((await Deno.stat(`${root}${path}`)).mode ?? 0) & 0o777;
        assert.equal(await modeOf("/etc/okws/okws.yaml"), 0o640);
        assert.equal(await modeOf("/usr/bin/okws"), 0o755);
        assert.equal(await modeOf("/usr/share/man/man1/okws.1.gz"), 0o644);
      });

      await t.step("the executable runs, and takes the packaged configuration", async () => {
        const { text } = await run(`${root}/usr/bin/okws`, ["--version"]);
        assert.match(text, /^okws \d+\.\d+\.\d+\n$/);
        const checked = await run(`${root}/usr/bin/okws`, [
          "check",
          "-c",
          `${root}/etc/okws/okws.yaml`,
          "--json",
        ]);
        assert.equal(checked.code, 0, checked.text);
      });

      await t.step("the completions and the manual page can be read", async () => {
        const completions = `${root}/usr/share/bash-completion/completions/okws`;
        assert.deepEqual(await run("bash", ["-n", completions]), { code: 0, text: "" });
        const { text } = await run("gzip", ["-dc", `${root}/usr/share/man/man1/okws.1.gz`]);
        assert.match(text, /^\.TH OKWS 1 /);
        assert.match(text, /^\.SS "okws service install /m);
      });

      await t.step("nothing was enabled", async () => {
        await assert.rejects(Deno.lstat(`${root}/etc/systemd/system`), Deno.errors.NotFound);
      });

      await t.step("a changed configuration stays, on another installation and on removal", async () => {
        const config = `${root}/etc/okws/okws.yaml`;
        await Deno.writeTextFile(config, "servers: []\n");
        await dpkg("--install", file);
        assert.equal(await Deno.readTextFile(config), "servers: []\n");
        await dpkg("--remove", "okws");
        assert.deepEqual(await filesBelow(root), ["/etc/okws/okws.yaml"]);
        await dpkg("--purge", "okws");
        assert.deepEqual(await filesBelow(root), []);
      });

      if (await has("lintian")) {
        await t.step("lintian has no error and no warning", async () => {
          const { text } = await run("lintian", ["--allow-root", "--tag-display-limit", "0", file]);
          assert.deepEqual(text.split("\n").filter((line) => /^[EW]: /.test(line)), []);
        });
      }
    },
  );
}

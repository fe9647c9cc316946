/** The parts of a release, made of the executable, each installed, run and removed. */
import assert from "node:assert/strict";
import { buildPackage } from "../../../scripts/package/build.ts";
import { buildArchive } from "../../../scripts/release/archive.ts";
import { buildNpmPackage } from "../../../scripts/release/npm_package.ts";
import { TARGETS } from "../../../scripts/release/targets.ts";
import { testWith } from "../../support/needs.ts";
import { waitFor } from "../../support/wait.ts";
import { tempFolder } from "./environment.ts";

const decoder = new TextDecoder();
const bin = Deno.env.get("OKWS_BIN");
const target = TARGETS.find(({ triple }) => triple === Deno.build.target);

async function run(program: string, args: readonly string[], cwd?: string) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { LC_ALL: "C" },
    stdin: "null",
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

async function succeed(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const { code, text } = await run(program, args, cwd);
  assert.equal(code, 0, `${program} ${args.join(" ")}: ${text}`);
  return text;
}

/** The head of an executable for Linux on x64. */
const X64 = new Uint8Array(64);
X64.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
X64[18] = 62;

Deno.test("a release takes no executable and no runtime of another platform, and builds nothing then", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/program`;
  await Deno.writeFile(file, X64);
  const release = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "scripts/release.ts", ...args, "--output", `${folder.path}/out`],
      env,
      stdin: "null",
    }).output();
    return { code, text: decoder.decode(stderr) };
  };
  const given = await release(["linux-arm64", "--bin", file], {});
  assert.equal(given.code, 1, given.text);
  assert.match(given.text, /program is for linux-x64, and linux-arm64 was asked for: .+ with --bin\n$/);
  const runtime = await release([], { DENORT_BIN: file });
  assert.equal(runtime.code, 1, runtime.text);
  assert.match(runtime.text, /program is for linux-x64, and linux-arm64 was asked for: .+ DENORT_BIN .+\n$/);
  await assert.rejects(Deno.stat(`${folder.path}/out`), Deno.errors.NotFound);
});

if (bin) {
  testWith(
    ["Linux", "rpmbuild"],
    "the RPM package has its files and scripts, and what it installs runs",
    async () => {
      await using folder = await tempFolder();
      const { file } = await buildPackage({ bin, output: folder.path, format: "rpm", fast: true });
      assert.deepEqual((await succeed("rpm", ["-qpl", file])).trimEnd().split("\n"), [
        "/etc/okws",
        "/etc/okws/okws.yaml",
        "/usr/bin/okws",
        "/usr/lib/systemd/system/okws.service",
        "/usr/lib/systemd/system/okws@.service",
        "/usr/share/bash-completion",
        "/usr/share/bash-completion/completions",
        "/usr/share/bash-completion/completions/okws",
        "/usr/share/doc/okws",
        "/usr/share/doc/okws/CHANGELOG.md",
        "/usr/share/fish",
        "/usr/share/fish/vendor_completions.d",
        "/usr/share/fish/vendor_completions.d/okws.fish",
        "/usr/share/licenses/okws",
        "/usr/share/licenses/okws/LICENSE",
        "/usr/share/man/man1/okws.1.gz",
        "/usr/share/zsh",
        "/usr/share/zsh/site-functions",
        "/usr/share/zsh/site-functions/_okws",
      ]);
      assert.equal((await succeed("rpm", ["-qpc", file])).trim(), "/etc/okws/okws.yaml");
      const scripts = await succeed("rpm", [
        "-qp",
        "--queryformat",
        "%{PREIN}\n%{POSTIN}\n%{PREUN}\n%{POSTUN}",
        file,
      ]);
      const script = `${folder.path}/scripts.sh`;
      await Deno.writeTextFile(script, scripts);
      await succeed("sh", ["-n", script]);
      // Unpacked rather than installed, which would need root.
      const root = `${folder.path}/root`;
      await Deno.mkdir(root);
      await succeed("rpm2archive", [file]);
      await succeed("tar", ["-xzf", `${file}.tgz`, "-C", root]);
      assert.match(await succeed(`${root}/usr/bin/okws`, ["--version"]), /^okws \d+\.\d+\.\d+\n$/);
      await succeed(`${root}/usr/bin/okws`, ["check", "-c", `${root}/etc/okws/okws.yaml`, "--json"]);
    },
  );

  testWith(
    ["rpmbuild", "root"],
    "the RPM package is installed into a root of its own, verified, and leaves what its user changed alone",
    async () => {
      await using folder = await tempFolder();
      const { file } = await buildPackage({ bin, output: folder.path, format: "rpm", fast: true });
      const root = `${folder.path}/root`;
      // A system of bare folders: its scripts need a shell and are tried apart, see docs/service.md.
      for (const path of ["etc", "usr/bin", "usr/lib/systemd/system", "usr/share/man/man1", "var/lib/rpm"]) {
        await Deno.mkdir(`${root}/${path}`, { recursive: true });
      }
      for (const path of ["usr/share/doc", "usr/share/licenses"]) await Deno.mkdir(`${root}/${path}`);
      await Deno.writeTextFile(`${root}/etc/passwd`, "root:x:0:0::/:/bin/sh\nokws:x:71:71::/:/bin/sh\n");
      await Deno.writeTextFile(`${root}/etc/group`, "root:x:0:\nokws:x:71:\n");
      const rpm = (...args: string[]) => run("rpm", ["--root", root, "--dbpath", "/var/lib/rpm", ...args]);
      const listed = async () =>
        (await succeed("find", [root, "-not", "-path", `${root}/var/*`])).trimEnd().split("\n").sort();
      const before = await listed();
      const installed = await rpm("--install", "--nodeps", "--noscripts", file);
      assert.equal(installed.code, 0, installed.text);
      assert.match(await succeed(`${root}/usr/bin/okws`, ["--version"]), /^okws \d+\.\d+\.\d+\n$/);
      // Nothing differs from what the package says, its owners and modes among it.
      assert.doesNotMatch((await rpm("--verify", "--nodeps", "--noscripts", "okws")).text, / \/(usr|etc)\//);
      const config = `${root}/etc/okws/okws.yaml`;
      assert.equal(((await Deno.stat(config)).mode ?? 0) & 0o777, 0o640);
      await Deno.writeTextFile(config, "servers: []\n");
      const again = await rpm("--upgrade", "--force", "--nodeps", "--noscripts", file);
      assert.equal(again.code, 0, again.text);
      assert.equal(await Deno.readTextFile(config), "servers: []\n");
      const erased = await rpm("--erase", "--noscripts", "okws");
      assert.equal(erased.code, 0, erased.text);
      assert.equal(await Deno.readTextFile(`${config}.rpmsave`), "servers: []\n");
      await Deno.remove(`${root}/etc/okws`, { recursive: true });
      assert.deepEqual(await listed(), before);
    },
  );

  if (target !== undefined) {
    testWith(
      ["Linux"],
      "the archive has the executable and what belongs to it, and install.sh installs it",
      async () => {
        await using folder = await tempFolder();
        const output = folder.path;
        const name = await buildArchive({
          target,
          bin,
          version: "2.0.0",
          date: "2026-11-22",
          output,
          fast: true,
        });
        const listed = (await succeed("tar", ["-tf", `${output}/${name}`])).trimEnd().split("\n");
        for (
          const path of ["okws", "okws.1", "okws.yaml", "LICENSE", "README.zh-CN.md", "completions/okws.zsh"]
        ) {
          assert.ok(listed.includes(`./${path}`), path);
        }
        const readme = await succeed("tar", ["-xzOf", `${output}/${name}`, "./README.md"]);
        assert.ok(readme.includes("](https://github.com/oscnet/okws/blob/v2.0.0/docs/README.md)"));
        const sum = await succeed("sha256sum", [name], output);
        await Deno.writeTextFile(`${output}/SHA256SUMS`, sum);
        const script = new URL("../../../scripts/install.sh", import.meta.url).pathname;
        await succeed("sh", [script, "--from", output, "--to", `${output}/bin`]);
        assert.match(await succeed(`${output}/bin/okws`, ["version"]), /^okws \d+\.\d+\.\d+\n/);
        await succeed("sh", [script, "--uninstall", "--to", `${output}/bin`]);
      },
    );
  }

  testWith(["npm"], "the npm package runs with Node alone, hands signals on, and is removed", async (t) => {
    await using folder = await tempFolder();
    const { version } = JSON.parse(await Deno.readTextFile("deno.json")) as { version: string };
    const name = await buildNpmPackage({ version, deno: Deno.version.deno, output: folder.path });
    const project = `${folder.path}/project`;
    await Deno.mkdir(project);
    await Deno.writeTextFile(`${project}/package.json`, "{}");
    const quiet = ["--no-audit", "--no-fund", "--silent"];
    await succeed("npm", ["install", ...quiet, `${folder.path}/${name}`], project);
    const okws = `${project}/node_modules/.bin/okws`;

    await t.step("it says what it is", async () => {
      const about = JSON.parse(await succeed(okws, ["version", "--json"], project));
      assert.equal(about.version, version);
      assert.deepEqual([about.runtime.build, about.runtime.deno], ["npm package", Deno.version.deno]);
    });

    await t.step("exit codes and words are those of okws", async () => {
      const { code, text } = await run(okws, ["check", "-c", "none.yaml"], project);
      assert.equal(code, 2);
      assert.match(text, /^okws: none\.yaml: there is no such file/);
    });

    await t.step("a program runs until it is ended, in order", async () => {
      const child = new Deno.Command(okws, {
        args: ["mock"],
        cwd: project,
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      })
        .spawn();
      let said = "";
      const reading = (async () => {
        for await (const bytes of child.stdout) said += decoder.decode(bytes);
      })();
      await waitFor("the simulated exchange", () => /^ws:\/\/127\.0\.0\.1:\d+$/m.test(said));
      child.kill("SIGTERM");
      assert.equal((await child.status).code, 0);
      await reading;
    });

    await t.step("without its Deno it says what to do", async () => {
      await Deno.rename(`${project}/node_modules/@deno`, `${project}/elsewhere`);
      const { code, text } = await run(okws, ["version"], project);
      assert.equal(code, 1);
      assert.match(text, /^okws: @deno\/\S+ is not installed: .* OKWS_DENO=\/path\/to\/deno\n$/);
      await Deno.rename(`${project}/elsewhere`, `${project}/node_modules/@deno`);
    });

    await t.step("nothing is left when it is removed", async () => {
      await succeed("npm", ["uninstall", ...quiet, "okws"], project);
      assert.equal(
        await succeed("find", [`${project}/node_modules`, "-type", "f", "-not", "-name", ".*"]),
        "",
      );
    });
  });
}

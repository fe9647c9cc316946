/** scripts/install.sh, with a release that lies in a folder or is served over HTTP. */
import assert from "node:assert/strict";
import { testWith } from "../support/needs.ts";

const SCRIPT = new URL("../../scripts/install.sh", import.meta.url).pathname;

/** Of this machine, as the script finds it out. */
const ARCHIVE = `okws-${Deno.build.os === "darwin" ? "macos" : "linux"}-${
  Deno.build.arch === "aarch64" ? "arm64" : "x64"
}.tar.gz`;

type Ended = { code: number; out: string; err: string };

type Machine = AsyncDisposable & {
  readonly folder: string;
  install(...args: string[]): Promise<Ended>;
  /** Runs a line of shell with these for `$1` and on. */
  shell(line: string, ...args: string[]): Promise<Ended>;
  /** Makes a release whose executable is a script. */
  release(program: string): Promise<void>;
  installed(): Promise<string | undefined>;
  /** Names in the folder that programs go to. */
  names(): Promise<string[]>;
};

async function startMachine(): Promise<Machine> {
  const folder = await Deno.makeTempDir({ prefix: "okws-install-" });
  const decoder = new TextDecoder();
  const run = async (program: string, args: string[], cwd?: string) => {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      env: { HOME: `${folder}/home`, LC_ALL: "C" },
      ...(cwd === undefined ? {} : { cwd }),
    }).output();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  };
  await Deno.mkdir(`${folder}/release`);
  return {
    folder,
    install: (...args) => run("sh", [SCRIPT, ...args]),
    shell: (line, ...args) => run("sh", ["-c", line, "sh", ...args]),
    async release(program) {
      await Deno.writeTextFile(`${folder}/okws`, program, { mode: 0o755 });
      await run("tar", ["-czf", `release/${ARCHIVE}`, "./okws"], folder);
      const bytes = await Deno.readFile(`${folder}/release/${ARCHIVE}`);
      const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
      await Deno.writeTextFile(
        `${folder}/release/SHA256SUMS`,
        `${"0".repeat(64)}  other.tar.gz\n${sum}  ${ARCHIVE}\n`,
      );
    },
    installed: () => Deno.readTextFile(`${folder}/bin/okws`).catch(() => undefined),
    names: async () => (await Array.fromAsync(Deno.readDir(`${folder}/bin`))).map(({ name }) => name),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function program(version: string): string {
  return `#!/bin/sh\necho okws ${version}\n`;
}

testWith(["curl"], "install.sh installs, replaces and removes the executable", async () => {
  await using machine = await startMachine();
  const { folder, install, release, installed, names } = machine;
  const options = ["--from", `${folder}/release`, "--to", `${folder}/bin`];
  await release(program("2.0.0"));
  const first = await install(...options);
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /^installed okws 2\.0\.0 as .*\/bin\/okws$/m);
  assert.match(first.out, /is not in PATH; try it: .*\/bin\/okws demo$/m);
  assert.equal((await Deno.stat(`${folder}/bin/okws`)).mode! & 0o777, 0o755);

  // Over HTTP, another version.
  await release(program("2.1.0"));
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const file = await Deno.readFile(`${folder}/release${new URL(request.url).pathname}`).catch(() =>
      undefined
    );
    return file === undefined ? new Response("", { status: 404 }) : new Response(file);
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const second = await install("--from", url, "--to", `${folder}/bin`, "--version", "v2.1.0");
  assert.equal(second.code, 0, second.err);
  assert.equal(await installed(), program("2.1.0"));
  const missing = await install("--from", `${url}/none`, "--to", `${folder}/bin`);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /\/none\/SHA256SUMS cannot be had$/m);

  const removed = await install("--uninstall", "--to", `${folder}/bin`);
  assert.equal(removed.code, 0, removed.err);
  assert.match(removed.out, /^removed okws 2\.1\.0 from .*\/bin\/okws; /);
  assert.deepEqual(await names(), []);
  assert.equal((await install("--uninstall", "--to", `${folder}/bin`)).code, 1);
});

testWith(["curl"], "install.sh leaves alone what is there when the download is wrong", async () => {
  await using machine = await startMachine();
  const { folder, install, release, installed, names } = machine;
  const options = ["--from", `${folder}/release`, "--to", `${folder}/bin`];
  await release(program("2.0.0"));
  assert.equal((await install(...options)).code, 0);
  await Deno.mkdir(`${folder}/elsewhere/okws`, { recursive: true });
  const wrong = await install("--from", `${folder}/release`, "--to", `${folder}/elsewhere`);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /elsewhere\/okws is a folder/);
  const refused = async (pattern: RegExp, ...more: string[]) => {
    const { code, err } = await install(...options, ...more);
    assert.equal(code, 1);
    assert.match(err, pattern);
    assert.equal(await installed(), program("2.0.0"));
    assert.deepEqual(await names(), ["okws"]);
  };
  await refused(/has okws 2\.0\.0, not okws 3\.0\.0; nothing was installed/, "--version", "3.0.0");
  await release("#!/bin/sh\nexit 1\n");
  await refused(/does not run on this machine; nothing was installed/);
  await release(program("2.2.0"));
  await Deno.writeTextFile(`${folder}/release/${ARCHIVE}`, "cut off");
  await refused(/is not what the release says: SHA-256 [0-9a-f]{64} instead of [0-9a-f]{64}/);
  await Deno.writeTextFile(`${folder}/release/SHA256SUMS`, "<html>\n");
  await refused(/does not name okws-/);
  await Deno.remove(`${folder}/release`, { recursive: true });
  await refused(/there is no .*\/SHA256SUMS/);
});

testWith(["curl"], "install.sh says what is wrong with its options", async () => {
  await using machine = await startMachine();
  for (
    const [args, pattern] of [[["--frm"], /unknown option --frm/], [["--to"], /--to needs a value/], [[
      "--to",
      "",
    ], /--to needs a value/]] as const
  ) {
    const { code, err } = await machine.install(...args);
    assert.equal(code, 2);
    assert.match(err, pattern);
  }
  const help = await machine.install("--help");
  assert.equal(help.code, 0);
  assert.match(help.out, /--uninstall/);
});

testWith(["curl"], "install.sh has its help when it comes through a pipe", async () => {
  await using machine = await startMachine();
  const piped = await machine.shell('cat "$1" | sh -s -- --help', SCRIPT);
  assert.deepEqual(piped, await machine.install("--help"));
  assert.match(piped.out, /^ {2}sh install\.sh --uninstall \[--to FOLDER\]$/m);
});

testWith(["curl"], "install.sh neither removes nor replaces what is not okws", async () => {
  await using machine = await startMachine();
  const { folder, install, release, installed } = machine;
  await release(program("2.0.0"));
  await Deno.mkdir(`${folder}/bin`);
  const foreign = ["notes of mine\n", "#!/bin/sh\necho okws, version 0.9\n", "#!/bin/sh\nexit 1\n"];
  for (const text of foreign) {
    await Deno.writeTextFile(`${folder}/bin/okws`, text, { mode: 0o755 });
    for (
      const [args, rest] of [
        [["--uninstall"], "nothing was removed: if it is okws all the same, remove it with rm "],
        [
          ["--from", `${folder}/release`],
          "nothing was installed: remove it, or name another folder with --to",
        ],
      ] as const
    ) {
      const { code, err } = await install(...args, "--to", `${folder}/bin`);
      assert.equal(code, 1);
      assert.match(err, /bin\/okws does not say that it is okws \(.+\/bin\/okws --version\); /);
      assert.ok(err.includes(rest), err);
      assert.equal(await installed(), text);
    }
  }
});

testWith(
  ["curl", "root"],
  "install.sh names TMPDIR where no program can be run in it, or nothing be made",
  async () => {
    await using machine = await startMachine();
    const { folder, install, release, names, shell } = machine;
    await release(program("2.0.0"));
    const options = ["--from", `${folder}/release`, "--to", `${folder}/bin`];
    await Deno.mkdir(`${folder}/noexec`);
    const mounted =
      'mount -t tmpfs -o noexec none "$1" && TMPDIR=$1 && export TMPDIR && shift && exec sh "$@"';
    const line = `exec unshare --mount sh -c '${mounted}' sh "$@"`;
    const noexec = await shell(line, `${folder}/noexec`, SCRIPT, ...options);
    assert.equal(noexec.code, 1);
    assert.match(
      noexec.err,
      /^install\.sh: no program can be run in .+\/noexec \(mounted noexec\?\).+ TMPDIR=\/FOLDER$/m,
    );
    const missing = await shell(
      'TMPDIR=$1 && export TMPDIR && shift && exec sh "$@"',
      "/none",
      SCRIPT,
      ...options,
    );
    assert.equal(missing.code, 1);
    assert.match(missing.err, /no folder can be made in \/none; name another one with TMPDIR=\/FOLDER$/m);
    await assert.rejects(names(), Deno.errors.NotFound);
    assert.equal((await install(...options)).code, 0);
  },
);

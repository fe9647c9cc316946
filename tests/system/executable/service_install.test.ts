/**
 * `okws service`: real files in folders of the test, and programs of the service manager that record their calls. The
 * file is long because all of it shares the programs that stand in for the service manager.
 */
import assert from "node:assert/strict";
import { parse } from "plist";
import { testWith } from "../../support/needs.ts";
import { type Ran, runOkws } from "../../support/program.ts";
import { assertCalm, assertFails, tempFolder } from "./environment.ts";

const EXEC = ["--exec", "/usr/bin/okws"];

const CONFIG = `servers: [{ name: test }]
subscribes: [{ server: test, channels: ["tickers:ETH-USDT"] }]
`;

/** Says what a running service would say, unless `down` or `failing` is there. */
const SYSTEMCTL = `#!/bin/sh
echo "systemctl $*" >>"$CALLS"
test -e "$CALLS.down" && { echo "Failed to connect to bus: No medium found" >&2; exit 1; }
case "$*" in
  *--property=Version*) echo Version=252 ;;
  *--version*) echo "systemd 252 (252.38)" ;;
  *show*)
    test -e "$CALLS.failing" && { printf 'ActiveState=failed\\nSubState=failed\\nResult=exit-code\\n'; exit 0; }
    printf 'ActiveState=active\\nSubState=running\\nUnitFileState=enabled\\nResult=success\\n'
    echo "StatusText=1 subscription live, Redis ok" ;;
esac
`;

const LAUNCHCTL = `#!/bin/sh
echo "launchctl $*" >>"$CALLS"
test "$1" = print && printf 'gui/501/com.okws.okws = {\\n\\tstate = running\\n}\\n'
exit 0
`;

const RECORDER = '#!/bin/sh\necho "${0##*/} $*" >>"$CALLS"\n';

type Home = AsyncDisposable & {
  readonly path: string;
  readonly unit: string;
  okws(...args: string[]): Promise<Ran>;
  okwsLogs(...args: string[]): Promise<Ran>;
  calls(): Promise<string[]>;
  set(name: "down" | "failing"): Promise<void>;
};

/** A user's home with a configuration in it, and a service manager that records. */
async function createHome(): Promise<Home> {
  const folder = await tempFolder();
  const { path } = folder;
  const env = {
    HOME: path,
    XDG_CONFIG_HOME: "",
    CALLS: `${path}/calls`,
    PATH: `${path}/bin:${Deno.env.get("PATH") ?? ""}`,
    LANG: "C",
    LC_ALL: "C",
  };
  await Deno.mkdir(`${path}/bin`);
  await Deno.mkdir(`${path}/.config/okws`, { recursive: true });
  await Deno.writeTextFile(`${path}/.config/okws/okws.yaml`, CONFIG);
  await Deno.writeTextFile(`${path}/bin/systemctl`, SYSTEMCTL, { mode: 0o755 });
  await Deno.writeTextFile(`${path}/bin/launchctl`, LAUNCHCTL, { mode: 0o755 });
  for (const name of ["systemd-analyze", "plutil", "journalctl", "tail"]) {
    await Deno.writeTextFile(`${path}/bin/${name}`, RECORDER, { mode: 0o755 });
  }
  return {
    path,
    unit: `${path}/.config/systemd/user/okws.service`,
    okws: (...args) => runOkws(["service", ...args], { env, cwd: path }),
    okwsLogs: (...args) => runOkws(["logs", ...args], { env, cwd: path }),
    calls: async () =>
      (await Deno.readTextFile(env.CALLS).catch(() => "")).trim().split("\n").filter(Boolean),
    set: (name) => Deno.writeTextFile(`${env.CALLS}.${name}`, ""),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

Deno.test("logs are those of the installed service, by the program of its manager", async () => {
  await using home = await createHome();
  assertFails(await home.okwsLogs("--user"), 1, /no service is installed in .*okws\.service/);
  assert.equal((await home.okws("install", "--user", ...EXEC)).code, 0);
  assert.equal((await home.okwsLogs("--user", "-n", "7", "-f")).code, 0);
  assertFails(await home.okwsLogs("-n", "x"), 2, /-n/);
  const manager = ["--user", "--manager", "launchd"];
  assert.equal((await home.okws("install", ...manager, ...EXEC)).code, 0);
  assert.equal((await home.okwsLogs(...manager)).code, 0);
  const calls = (await home.calls()).filter((call) => /^(journalctl|tail) /.test(call));
  assert.equal(
    calls[0],
    "journalctl --user --unit okws.service --lines 7 --output cat --no-pager --follow",
  );
  assert.match(calls[1] ?? "", /^tail -n 50 .*okws.*\.log$/);
});

Deno.test("a user's own service is installed, shown and removed, and nothing is left", async () => {
  await using home = await createHome();
  const installed = await home.okws("install", "--user", ...EXEC);
  assert.equal(installed.code, 0, installed.stderr);
  const text = await Deno.readTextFile(home.unit);
  assert.match(
    text,
    new RegExp(`^ExecStart=/usr/bin/okws serve -c ${home.path}/.config/okws/okws.yaml$`, "m"),
  );
  assert.deepEqual((await home.calls()).filter((call) => !call.includes(" show ")), [
    `systemd-analyze --user verify --man=no ${home.unit}`,
    "systemctl --user daemon-reload",
    "systemctl --user enable okws.service",
    "systemctl --user restart --no-block okws.service",
  ]);
  assert.match(installed.stdout, /^okws is active \(running\): 1 subscription live, Redis ok$/m);
  assert.match(installed.stdout, /^logs +journalctl --user -u okws -f$/m);

  const shown = await home.okws("show", "--user");
  const { detail, ...state } = JSON.parse(shown.stdout) as Record<string, unknown>;
  assert.deepEqual(state, {
    manager: "systemd",
    file: home.unit,
    installed: true,
    ours: true,
    state: "active",
    enabled: true,
  });
  assert.match(String(detail), /1 subscription live/);

  // A second installation replaces the first.
  assert.equal((await home.okws("install", "--user", ...EXEC)).code, 0);
  const before = (await home.calls()).length;
  const removed = await home.okws("uninstall", "--user");
  assert.equal(removed.code, 0, removed.stderr);
  assert.ok(!await exists(home.unit));
  assert.deepEqual((await home.calls()).slice(before).filter((call) => !call.includes(" show ")), [
    "systemctl --user disable --now okws.service",
    "systemctl --user daemon-reload",
    "systemctl --user reset-failed okws.service",
  ]);
  const again = await home.okws("uninstall", "--user");
  assert.equal(again.code, 0);
  assert.match(again.stderr, /nothing was removed/);
  assert.equal((await home.okws("show", "--user")).code, 1);
  assertCalm(installed.stdout + removed.stdout + again.stderr);
});

Deno.test("a dry run prints the file and the commands, and does nothing", async () => {
  await using home = await createHome();
  const { code, stdout, stderr } = await home.okws("install", "--user", "--dry-run", ...EXEC);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\[Service\]$/m);
  assert.match(stdout, /^\$ systemctl --user enable okws\.service$/m);
  assert.ok(!await exists(home.unit));
  assert.deepEqual(await home.calls(), []);
});

Deno.test("a file that okws did not write is neither replaced nor removed", async () => {
  await using home = await createHome();
  await Deno.mkdir(`${home.path}/.config/systemd/user`, { recursive: true });
  await Deno.writeTextFile(home.unit, "[Service]\nExecStart=/usr/bin/mine\n");
  for (const args of [["install", ...EXEC], ["uninstall"], ["install", "--dry-run", ...EXEC]]) {
    assertFailsAfterWords(await home.okws(...args, "--user"), 1, /was not written by okws service install/);
  }
  assert.equal(await Deno.readTextFile(home.unit), "[Service]\nExecStart=/usr/bin/mine\n");
  assert.ok((await home.calls()).every((call) => call.includes(" show ")));
});

Deno.test("nothing is written where the configuration has faults, the shell's variables are meant, or nobody receives", async () => {
  await using home = await createHome();
  const file = `${home.path}/faulty.yaml`;
  await Deno.writeTextFile(file, "settings: { MAX_ROWS: 1 }\n");
  assertFails(
    await home.okws("install", "--user", "-c", file, ...EXEC),
    2,
    /faulty\.yaml:1:\d+: .*did you mean MAX_ROW/,
  );
  await Deno.writeTextFile(file, 'servers: [{ name: "${HOME}" }]\n');
  assertFails(
    await home.okws("install", "--user", "-c", file, ...EXEC),
    2,
    /\$\{HOME\} is not set .*\n.*okws\.env and --credential/,
  );
  assertFails(await home.okws("install", "--user", "-c", "none.yaml", ...EXEC), 2, /there is no such file/);
  assertFails(await home.okws("install", "--user", "--as", "me", ...EXEC), 2, /take one of both/);
  assertFails(await home.okws("install", "--user", "--exec", "okws"), 2, /absolute path/);
  assertFails(await home.okws("install", "--user", "--manager", "runit", ...EXEC), 2, /systemd or launchd/);
  await home.set("down");
  assertFails(
    await home.okws("install", "--user", ...EXEC),
    1,
    /Failed to connect to bus.*log in as that user/,
  );
  assert.ok(!await exists(home.unit));
});

Deno.test("a service that fails at once is reported as such", async () => {
  await using home = await createHome();
  await home.set("failing");
  const { code, stdout } = await home.okws("install", "--user", ...EXEC);
  assert.equal(code, 1);
  assert.match(stdout, /^okws is failed \(failed, exit-code\)$/m);
  assert.match(stdout, /^logs +journalctl/m);
});

Deno.test("a unit that systemd does not take is not left behind", async () => {
  await using home = await createHome();
  const refusal = '#!/bin/sh\necho "okws.service:7: Unknown key" >&2\nexit 1\n';
  await Deno.writeTextFile(`${home.path}/bin/systemd-analyze`, refusal);
  assertFailsAfterWords(
    await home.okws("install", "--user", ...EXEC),
    1,
    /does not take .*okws\.service:7: Unknown key/,
  );
  assert.ok(!await exists(home.unit));
});

Deno.test("credentials are checked, handed over, and never shown", async () => {
  await using home = await createHome();
  const config = 'servers: [{ name: a, apiKey: "${KEY}", secret: "${KEY}", password: "${PHRASE}" }]\n';
  await Deno.writeTextFile(`${home.path}/okws.yaml`, config);
  await Deno.writeTextFile(`${home.path}/key`, "planted-key\n");
  await Deno.writeTextFile(`${home.path}/okws.env`, "PHRASE='planted phrase'\n");
  const args = ["install", "--user", "-c", "okws.yaml", ...EXEC];
  assertFails(await home.okws(...args), 2, /\$\{KEY\} is not set/);
  assertFails(await home.okws(...args, "--credential", "KEY=none"), 2, /KEY: its file cannot be read/);
  const { code, stdout, stderr } = await home.okws(...args, "--credential", "KEY=key");
  assert.equal(code, 0, stderr);
  const text = await Deno.readTextFile(home.unit);
  assert.match(text, new RegExp(`^LoadCredential=KEY:${home.path}/key$`, "m"));
  assert.match(text, new RegExp(`^EnvironmentFile=-${home.path}/okws.env$`, "m"));
  assert.ok(!(text + stdout + stderr).includes("planted"));
});

Deno.test("an image is prepared below --root, and its service is not started", async () => {
  await using home = await createHome();
  const root = `${home.path}/image`;
  await Deno.mkdir(`${root}/etc/okws`, { recursive: true });
  await Deno.mkdir(`${root}/usr/bin`, { recursive: true });
  // The folders that lead to an image need not be open to everybody: the service never goes through them.
  await Deno.chmod(root, 0o755);
  await Deno.writeTextFile(`${root}/etc/okws/okws.yaml`, CONFIG, { mode: 0o600 });
  assertFails(await home.okws("install", "--root", root, ...EXEC), 1, /there is no program \/usr\/bin\/okws/);
  await Deno.writeTextFile(`${root}/usr/bin/okws`, "#!/bin/sh\n", { mode: 0o755 });
  const { code, stdout, stderr } = await home.okws("install", "--root", root, ...EXEC);
  assert.equal(code, 0, stderr);
  const unit = `${root}/etc/systemd/system/okws.service`;
  const text = await Deno.readTextFile(unit);
  // Only its owner may read the file, so that the service gets a copy.
  assert.match(text, /^LoadCredential=okws\.yaml:\/etc\/okws\/okws\.yaml$/m);
  assert.match(stdout, /^note: .*systemctl restart okws$/m);
  await Deno.chmod(`${root}/etc/okws/okws.yaml`, 0o644);
  assert.equal((await home.okws("install", "--root", root, ...EXEC)).code, 0);
  assert.match(await Deno.readTextFile(unit), /^ExecReload=/m);
  assert.deepEqual((await home.calls()).filter((call) => !call.includes("--version")), [
    `systemctl --root=${root} enable okws.service`,
    `systemctl --root=${root} enable okws.service`,
  ]);
  assert.equal((await home.okws("uninstall", "--root", root)).code, 0);
  assert.ok(!await exists(unit));
  assert.equal((await home.calls()).at(-1), `systemctl --root=${root} disable okws.service`);

  await Deno.mkdir(`${root}/usr/lib/systemd/system`, { recursive: true });
  await Deno.writeTextFile(`${root}/usr/lib/systemd/system/okws.service`, "");
  assertFails(
    await home.okws("install", "--root", root, ...EXEC),
    1,
    /came with a package; .*enable --now okws/,
  );
});

Deno.test("an agent of launchd is installed and removed", async () => {
  await using home = await createHome();
  const scope = ["--manager", "launchd", "--user"];
  const { code, stdout, stderr } = await home.okws("install", ...scope, ...EXEC, "--dry-run");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\$ launchctl bootstrap gui\/\d+ /m);
  const file = `${home.path}/Library/LaunchAgents/com.okws.okws.plist`;
  assert.match((await home.okws("install", ...scope, ...EXEC)).stdout, /^okws is running$/m);
  const read = parse(await Deno.readTextFile(file)) as Record<string, unknown>;
  assert.equal(read.Label, "com.okws.okws");
  assert.equal((await home.okws("uninstall", ...scope)).code, 0);
  assert.ok(!await exists(file));
  const uid = Deno.uid();
  const target = `gui/${uid}/com.okws.okws`;
  assert.deepEqual((await home.calls()).filter((call) => !call.includes(" print ")), [
    `plutil -lint ${file}`,
    `launchctl bootout ${target}`,
    `launchctl enable ${target}`,
    `launchctl bootstrap gui/${uid} ${file}`,
    `launchctl bootout ${target}`,
  ]);
  const daemon = await home.okws(
    "install",
    "--manager",
    "launchd",
    "--dry-run",
    "-c",
    ".config/okws/okws.yaml",
    ...EXEC,
  );
  assertFails(daemon, 1, /would run a daemon as root; .*--as USER/);
});

if (!Deno.env.get("OKWS_BIN")) {
  Deno.test("okws that runs from its sources offers the command that would start it", async () => {
    await using home = await createHome();
    assertFails(
      await home.okws("install", "--user"),
      1,
      /runs from its sources.*--exec ".* run -A .*main\.ts"$/m,
    );
  });
}

/** Programs of systemd itself, where there are any; none of these needs one that runs. */
testWith(
  ["systemd"],
  "systemd itself takes the units, finds them confined, and enables them in an image",
  async () => {
    await using home = await createHome();
    const root = `${home.path}/image`;
    await Deno.mkdir(`${root}/etc/okws`, { recursive: true });
    await Deno.mkdir(`${root}/usr/bin`, { recursive: true });
    await Deno.writeTextFile(`${root}/etc/okws/okws.yaml`, CONFIG, { mode: 0o600 });
    await Deno.writeTextFile(`${root}/etc/okws/secret`, "x");
    await Deno.writeTextFile(`${root}/usr/bin/okws`, "#!/bin/sh\n", { mode: 0o755 });
    await Deno.remove(`${home.path}/bin/systemctl`);
    const link = `${root}/etc/systemd/system/multi-user.target.wants/okws.service`;
    for (const more of [[], ["--as", "daemon"], ["--credential", "OKX_SECRET=/etc/okws/secret"]]) {
      const { code, stderr } = await home.okws("install", "--root", root, ...EXEC, ...more);
      assert.equal(code, 0, stderr);
      assert.ok(await exists(link));
      // Without the folders of the image: it has no programs that are here.
      const unit = `${home.path}/okws.service`;
      const text = await Deno.readTextFile(`${root}/etc/systemd/system/okws.service`);
      await Deno.writeTextFile(unit, text.replace("ExecStart=/usr/bin/okws", "ExecStart=/bin/sh"));
      const verified = await analyze("verify", "--man=no", unit);
      const about = verified.filter((line) => line.includes("okws"));
      assert.deepEqual(about, []);
      const exposure = (await analyze("security", "--offline=yes", unit)).join("\n");
      const level = Number(/exposure level for okws\.service: ([\d.]+)/.exec(exposure)?.[1]);
      assert.ok(level < 2.5, exposure);
    }
    assert.equal((await home.okws("uninstall", "--root", root)).code, 0);
    assert.ok(!await exists(link));
  },
);

async function analyze(...args: string[]): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command("systemd-analyze", { args, env: { LC_ALL: "C" } })
    .output();
  const decoder = new TextDecoder();
  return (decoder.decode(stdout) + decoder.decode(stderr)).split("\n");
}

/** As assertFails, after what was done until then. */
function assertFailsAfterWords(ran: Ran, code: number, reason: RegExp): void {
  assertFails({ ...ran, stdout: "" }, code, reason);
}

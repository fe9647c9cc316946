/** What installing refuses, on machines that tests cannot be: other users, no systemd, an old one. */
import assert from "node:assert/strict";
import { install, type Scene, uninstall } from "../../../../src/cli/service/install.ts";
import { launchd } from "../../../../src/cli/service/launchd.ts";
import type { Machine } from "../../../../src/cli/service/machine.ts";
import { ServiceError, type Setup } from "../../../../src/cli/service/manager.ts";
import { systemd } from "../../../../src/cli/service/systemd.ts";
import { MARKER } from "../../../../src/system/unit.ts";
import { english } from "../../../../src/cli/i18n/translate.ts";

const SETUP: Setup = {
  program: ["/usr/bin/okws"],
  config: "/etc/okws/okws.yaml",
  runAs: { kind: "dynamic" },
  environmentFile: undefined,
  credentials: [],
};

type Fake = Machine & { readonly files: Map<string, string>; readonly calls: string[] };

/** A machine of root with a running systemd, in memory. `answers` has the output of programs by their beginning. */
function createMachine(
  changes: Partial<Machine> & {
    answers?: Readonly<Record<string, string | number>>;
    secret?: readonly string[];
  } = {},
): Fake {
  const { answers = {}, secret = [], ...machine } = changes;
  const files = new Map([["/run/systemd/system", ""], ["/usr/bin/okws", ""], ["/etc/okws/okws.yaml", ""]]);
  const calls: string[] = [];
  return {
    os: "linux",
    uid: 0,
    home: "/root",
    environment: {},
    root: undefined,
    files,
    calls,
    read: (path) => Promise.resolve(files.get(path)),
    exists: (path) => Promise.resolve(files.has(path)),
    write: (path, text) => Promise.resolve(void files.set(path, text)),
    remove: (path) => Promise.resolve(void files.delete(path)),
    canRead: (path) => Promise.resolve(!secret.includes(path)),
    canRun: (path) => Promise.resolve(!secret.includes(path)),
    run(program, args) {
      const line = [program, ...args].join(" ");
      calls.push(line);
      const found = Object.entries(answers).find(([start]) => line.startsWith(start))?.[1];
      if (typeof found === "number") return Promise.resolve({ code: found, stdout: "", stderr: "no\n" });
      const active = "ActiveState=active\nSubState=running\n";
      return Promise.resolve({
        code: 0,
        stdout: found ?? (line.includes(" show ") ? active : ""),
        stderr: "",
      });
    },
    show(program, args) {
      calls.push([program, ...args].join(" "));
      return Promise.resolve(0);
    },
    ...machine,
  };
}

function sceneOf(machine: Machine, said: string[] = []): Scene {
  const { signal } = new AbortController();
  const say = (line: string) => void said.push(line);
  return { machine, manager: systemd(machine, false), say, t: english, signal };
}

async function refuses(machine: Fake, setup: Setup, reason: RegExp): Promise<void> {
  const before = new Map(machine.files);
  await assert.rejects(install(sceneOf(machine), setup), (error) => {
    assert.ok(error instanceof ServiceError, String(error));
    assert.match(error.message, reason);
    return true;
  });
  assert.deepEqual(machine.files, before, "nothing is written");
}

Deno.test("install() writes, checks, enables and starts the system's service", async () => {
  const machine = createMachine();
  const said: string[] = [];
  assert.equal(await install(sceneOf(machine, said), SETUP), true);
  assert.ok(machine.files.get("/etc/systemd/system/okws.service")?.startsWith(`${MARKER}\n[Unit]\n`));
  assert.deepEqual(machine.calls.filter((call) => !call.includes(" show ")), [
    "systemd-analyze verify --man=no /etc/systemd/system/okws.service",
    "systemctl daemon-reload",
    "systemctl enable okws.service",
    "systemctl restart --no-block okws.service",
  ]);
  assert.ok(said.includes("logs   journalctl -u okws -f"));
});

Deno.test("install() refuses where it lacks rights or a service manager", async () => {
  await refuses(createMachine({ uid: 1000 }), SETUP, /needs root: use sudo, or --user/);
  const container = createMachine();
  container.files.delete("/run/systemd/system");
  await refuses(container, SETUP, /systemd does not run here \(a container\?\)/);
});

Deno.test("install() refuses a program that the service could not run", async () => {
  await refuses(
    createMachine({ secret: ["/usr/bin/okws"] }),
    SETUP,
    /cannot run \/usr\/bin\/okws.*sudo install/,
  );
  const machine = createMachine();
  machine.files.set("/home/me/okws", "");
  await refuses(machine, { ...SETUP, program: ["/home/me/okws"] }, /sudo install \/home\/me\/okws/);
});

Deno.test("install() refuses a user that is not there", async () => {
  const machine = createMachine({ answers: { "id ": 1 } });
  await refuses(machine, { ...SETUP, runAs: { kind: "user", name: "data" } }, /there is no user data here/);
});

Deno.test("install() hands over a configuration that the service cannot read, where systemd can", async () => {
  const secret = [SETUP.config];
  const old = createMachine({ secret, answers: { "systemctl --version": "systemd 239 (239-82)\n" } });
  await refuses(old, SETUP, /systemd 239 hands over no credentials/);
  const machine = createMachine({ secret, answers: { "systemctl --version": "systemd 252 (252.38)\n" } });
  await install(sceneOf(machine), SETUP);
  const text = machine.files.get("/etc/systemd/system/okws.service") ?? "";
  assert.match(text, /^LoadCredential=okws\.yaml:\/etc\/okws\/okws\.yaml$/m);
});

Deno.test("install() names the command that failed, and why", async () => {
  const machine = createMachine({ answers: { "systemctl enable": 1 } });
  await assert.rejects(
    install(sceneOf(machine), SETUP),
    /^ServiceError: systemctl enable okws\.service failed: no$/,
  );
});

Deno.test("install() needs no systemd-analyze", async () => {
  assert.equal(await install(sceneOf(createMachine({ answers: { "systemd-analyze": 127 } })), SETUP), true);
});

Deno.test("install() says so when the service fails", async () => {
  const answer = "ActiveState=failed\nSubState=failed\nResult=exit-code\n";
  const said: string[] = [];
  const machine = createMachine({ answers: { "systemctl show": answer } });
  assert.equal(await install(sceneOf(machine, said), SETUP), false);
  assert.ok(said.includes("okws is failed (failed, exit-code)"), said.join("\n"));
});

Deno.test("uninstall() needs root too, and stops before it removes", async () => {
  const machine = createMachine({ uid: 1000 });
  await assert.rejects(uninstall(sceneOf(machine)), /needs root/);
  const rooted = createMachine({ answers: { "systemctl disable": 1 } });
  await install(sceneOf(rooted), SETUP);
  await assert.rejects(uninstall(sceneOf(rooted)), /systemctl disable --now okws\.service failed/);
  assert.ok(rooted.files.has("/etc/systemd/system/okws.service"), "what could not be stopped stays");
});

Deno.test("a daemon of launchd needs root, a user of its own, and gets no credentials", async () => {
  const machine = createMachine({ os: "darwin", uid: 501 });
  const manager = launchd(machine, false);
  await assert.rejects(manager.checkRights(), /needs root/);
  await assert.rejects(manager.render(SETUP), /would run a daemon as root/);
  const runAs = { kind: "user", name: "data" } as const;
  const credentials = [{ name: "A", file: "/a" }];
  await assert.rejects(manager.render({ ...SETUP, runAs, credentials }), /hands over no credentials/);
  const { text } = await manager.render({ ...SETUP, runAs });
  assert.match(text, /<key>UserName<\/key>\n\s*<string>data<\/string>/);
  assert.ok(manager.isOurs(text));
});

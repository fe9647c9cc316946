/** What the Debian and the RPM package are made of. */
import assert from "node:assert/strict";
import {
  CONTROL_FILES,
  renderChangelog,
  renderControl,
  renderCopyright,
} from "../../scripts/package/debian.ts";
import { readElf } from "../../scripts/package/elf.ts";
import { renderSpec } from "../../scripts/package/rpm.ts";
import { renderMan } from "../../scripts/package/man.ts";
import { testWith } from "../support/needs.ts";
import { settingsSchema } from "../../src/config/shapes.ts";

/** The beginning of an executable, followed by names. */
function elf(machine: number, names: string): Uint8Array {
  const bytes = new Uint8Array(64 + names.length);
  bytes.set([0x7f, 0x45, 0x4c, 0x46]);
  new DataView(bytes.buffer).setUint16(18, machine, true);
  bytes.set(new TextEncoder().encode(names), 64);
  return bytes;
}

Deno.test("readElf() answers the processor and the newest version that is asked of the C library", () => {
  const names = "\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0xGLIBC_2.99\0GLIBC_2.98y\0";
  assert.deepEqual(readElf(elf(62, names)), { architecture: "amd64", glibc: "2.34" });
  assert.deepEqual(readElf(elf(183, "")), { architecture: "arm64", glibc: "2.17" });
  assert.equal(readElf(elf(3, names)), undefined);
  assert.equal(readElf(new TextEncoder().encode(`#!/bin/sh\n${" ".repeat(99)}`)), undefined);
  assert.equal(readElf(new Uint8Array(3)), undefined);
});

Deno.test("renderControl() has one paragraph with what dpkg needs", () => {
  const text = renderControl({ version: "2.1.0", architecture: "arm64", glibc: "2.35", kilobytes: 90_000 });
  assert.match(text, /^Version: 2\.1\.0-1$/m);
  assert.match(text, /^Architecture: arm64$/m);
  assert.match(text, /^Depends: libc6 \(>= 2\.35\), /m);
  assert.match(text, /^Installed-Size: 90000$/m);
  for (const line of text.trimEnd().split("\n")) assert.match(line, /^([A-Z][A-Za-z-]+: \S| \S)/);
});

Deno.test("renderCopyright() has the holder and the whole license", async () => {
  const license = await Deno.readTextFile(new URL("../../LICENSE", import.meta.url));
  const text = renderCopyright(license);
  assert.match(text, /^Copyright: \d{4}.+$/m);
  for (const line of license.split("\n").filter((each) => each !== "").slice(1)) {
    assert.ok(text.includes(line), line);
  }
});

Deno.test("renderChangelog() has Debian's form", () => {
  assert.match(
    renderChangelog("2.1.0", "2026-11-22"),
    /^okws \(2\.1\.0-1\) unstable; urgency=medium\n\n {2}\* .+\n\n -- .+ <.+> {2}Sun, 22 Nov 2026 00:00:00 \+0000\n$/,
  );
});

Deno.test("the maintainer scripts are shell that stops at a failure", async () => {
  for (const name of ["postinst", "prerm", "postrm"]) {
    const text = CONTROL_FILES[name] ?? "";
    assert.ok(text.startsWith("#!/bin/sh\nset -e\n"), name);
    const child = new Deno.Command("sh", { args: ["-n"], stdin: "piped", stderr: "piped", stdout: "null" })
      .spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    const { success, stderr } = await child.output();
    assert.ok(success, `${name}: ${new TextDecoder().decode(stderr)}`);
  }
});

/** Returns the commands that a script gives to systemd, which runs `okws` and two shards. */
async function callsOf(script: string, args: readonly string[]): Promise<string[]> {
  const stubs = `systemctl() {
    echo "systemctl $*" >&2
    if [ "$1" = list-units ]; then
        for unit in okws.service okws@1-3.service okws@2-3.service; do echo "$unit loaded active running okws"; done
    fi
}
deb-systemd-invoke() { echo "deb-systemd-invoke $*" >&2; }
getent() { true; }
`;
  const text = script.replaceAll("[ -d /run/systemd/system ]", "true").replaceAll(/ >\/dev\/null 2>&1/g, "");
  const { code, stderr } = await new Deno.Command("bash", { args: ["-c", stubs + text, "sh", ...args] })
    .output();
  assert.equal(code, 0);
  return new TextDecoder().decode(stderr).trimEnd().split("\n");
}

/** A part of the recipe for rpmbuild. */
function rpmScript(name: string): string {
  const elf = { architecture: "amd64", glibc: "2.34" } as const;
  const spec = renderSpec({ version: "2.0.0", date: "2026-11-22", elf, files: [], fast: true });
  return spec.split(`\n%${name}\n`)[1]?.split("\n%")[0] ?? assert.fail(name);
}

Deno.test("an upgrade restarts the shards that ran, and a removal stops and disables every one", async () => {
  const { postinst = "", prerm = "" } = CONTROL_FILES;
  assert.deepEqual(await callsOf(postinst, ["configure", "2.0.0-1"]), [
    "systemctl --system daemon-reload",
    "systemctl list-units --state=active --plain --no-legend okws.service okws@*.service",
    "deb-systemd-invoke restart okws.service okws@1-3.service okws@2-3.service",
  ]);
  const ended = [
    "systemctl stop okws.service okws@*.service",
    "systemctl disable okws.service okws@.service",
  ];
  assert.deepEqual(await callsOf(prerm, ["remove"]), ended);
  assert.deepEqual(await callsOf(rpmScript("preun"), ["0"]), ended);
  assert.deepEqual(await callsOf(rpmScript("postun"), ["1"]), [
    "systemctl --system daemon-reload",
    "systemctl try-restart okws.service okws@*.service",
  ]);
});

Deno.test("the manual page has every command and every setting, and no line that roff would misread", () => {
  const text = renderMan("2.0.0", "2026-11-22");
  for (const command of ["serve", "client get", "check", "service install", "health", "mock"]) {
    assert.match(text, new RegExp(`^\\.SS "okws ${command.replace("-", "\\\\-")}`, "m"), command);
  }
  for (const name of Object.keys(settingsSchema.shape)) assert.ok(text.includes(name), name);
  const requests = /^\.(TH|SH|SS|PP|TP|B|BR|I|EX|EE)( |$)/;
  for (const line of text.split("\n")) {
    if (/^[.']/.test(line)) assert.match(line, requests);
    assert.doesNotMatch(line, /[^\x20-\x7e]/, line);
  }
});

/** Programs that read manual pages. */
for (
  const [program, ...args] of [
    ["mandoc", "-T", "lint", "-W", "warning"],
    ["groff", "-man", "-ww", "-z"],
  ] as const
) {
  testWith([program], `${program} has nothing to say against the manual page`, async () => {
    const child = new Deno.Command(program, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    })
      .spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(renderMan("2.0.0", "2026-11-22")));
    await writer.close();
    const { stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    assert.equal(decoder.decode(stdout) + decoder.decode(stderr), "");
  });
}

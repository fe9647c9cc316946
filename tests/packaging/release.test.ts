/** What a release consists of beside the executables: texts for package managers, and the bill of materials. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { renderPage } from "../../scripts/package/pages.ts";
import { renderSpec } from "../../scripts/package/rpm.ts";
import { ARCHIVED } from "../../scripts/release/archive.ts";
import { renderBill } from "../../scripts/release/bill_of_materials.ts";
import { FORMULA_PLATFORMS, renderFormula } from "../../scripts/release/formula.ts";
import { parsePlatform, requirePlatform } from "../../scripts/release/platform.ts";
import { archiveName, TARGETS } from "../../scripts/release/targets.ts";

const ROOT = new URL("../../", import.meta.url);

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** The head of an executable: bytes by where they stand. */
function head(...parts: readonly (readonly [at: number, bytes: readonly number[]])[]): Uint8Array {
  const bytes = new Uint8Array(256);
  for (const [at, part] of parts) bytes.set(part, at);
  return bytes;
}

const HEADS: Readonly<Record<string, Uint8Array>> = {
  "linux-x64": head([0, [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]], [18, [62, 0]]),
  "linux-arm64": head([0, [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 3]], [18, [183, 0]]),
  "macos-x64": head([0, [0xcf, 0xfa, 0xed, 0xfe, 0x07, 0, 0, 0x01]]),
  "macos-arm64": head([0, [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 0x01]]),
  "windows-x64": head([0, [0x4d, 0x5a]], [0x3c, [0x80]], [0x80, [0x50, 0x45, 0, 0, 0x64, 0x86]]),
};

/** No executables of ours: a script, FreeBSD, 32 bit ARM, Mach-O for several processors, DOS. */
const FOREIGN = [
  new TextEncoder().encode(`#!/bin/sh\n${" ".repeat(99)}`),
  head([0, [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 9]], [18, [62, 0]]),
  head([0, [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0]], [18, [40, 0]]),
  head([0, [0xca, 0xfe, 0xba, 0xbe]]),
  head([0, [0x4d, 0x5a]], [0x3c, [0xff, 0xff, 0xff, 0xff]]),
  new Uint8Array(3),
];

Deno.test("parsePlatform() names the platform of an ELF, Mach-O or PE file", () => {
  assert.deepEqual(Object.keys(HEADS), TARGETS.map(({ name }) => name));
  for (const [name, bytes] of Object.entries(HEADS)) assert.equal(parsePlatform(bytes), name);
  for (const bytes of FOREIGN) assert.equal(parsePlatform(bytes), undefined);
});

Deno.test("requirePlatform() refuses each executable for every platform but its own", async () => {
  const file = await Deno.makeTempFile();
  try {
    for (const [found, bytes] of Object.entries(HEADS)) {
      await Deno.writeFile(file, bytes);
      for (const target of TARGETS) {
        const checked = requirePlatform(file, target, "name another");
        if (target.name === found) await checked;
        else {
          await assert.rejects(checked, {
            message: `${file} is for ${found}, and ${target.name} was asked for: name another`,
          });
        }
      }
    }
    await Deno.writeTextFile(file, "#!/bin/sh\n");
    await assert.rejects(requirePlatform(file, TARGETS[0]!, "name another"), /is no executable for Linux, /);
  } finally {
    await Deno.remove(file);
  }
  await assert.rejects(
    requirePlatform(file, TARGETS[0]!, "name another"),
    /^BuildError: There is no executable /,
  );
});

Deno.test("renderPage() links to what lies beside a page, and to the web for everything else", () => {
  const page = [
    "[a](docs/a.md#b), [c](config/), [LICENSE](LICENSE), [d](#d), [e](https://example.com/e), [f](mailto:f@g)",
    "![h](docs/images/h.webp)",
    "```js",
    "list[0](docs/a.md)",
    "```",
  ].join("\n");
  const web = "https://github.com/oscnet/okws";
  assert.equal(
    renderPage(page, { version: "2.1.0", beside: new Map([["LICENSE", "COPYING"]]) }),
    [
      `[a](${web}/blob/v2.1.0/docs/a.md#b), [c](${web}/tree/v2.1.0/config/), [LICENSE](COPYING), [d](#d), ` +
      "[e](https://example.com/e), [f](mailto:f@g)",
      `![h](${web}/raw/v2.1.0/docs/images/h.webp)`,
      "```js",
      "list[0](docs/a.md)",
      "```",
    ].join("\n"),
  );
});

Deno.test("no page of the archive links to a file that is not in it", async () => {
  const pages = [...ARCHIVED].filter(([path]) => path.endsWith(".md"));
  assert.deepEqual(pages.map(([, name]) => name), ["README.md", "README.zh-CN.md", "CHANGELOG.md"]);
  const names = new Set(ARCHIVED.values());
  for (const [path, name] of pages) {
    const text = renderPage(await read(path), { version: "2.1.0", beside: ARCHIVED });
    const targets = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, target = ""]) => target);
    const lost = targets.filter((target) => !target.startsWith("https://") && !names.has(target));
    assert.deepEqual(lost, [], name);
    // Another version would describe another program.
    assert.doesNotMatch(text, /oscnet\/okws\/(blob|tree|raw)\/(?!v2\.1\.0\/)/, name);
  }
});

Deno.test("the RPM recipe installs every file as it lies, with the configuration kept", () => {
  const files = ["/etc/okws/okws.yaml", "/usr/bin/okws", "/usr/share/man/man1/okws.1.gz"];
  const elf = { architecture: "amd64", glibc: "2.27" } as const;
  const text = renderSpec({ version: "2.1.0", date: "2026-11-22", elf, files, fast: false });
  assert.match(text, /^Version: 2\.1\.0$/m);
  assert.match(text, /^Requires: glibc >= 2\.27$/m);
  // A stripped executable has lost the program behind it.
  assert.match(text, /^%global __os_install_post %\{nil\}$/m);
  assert.match(text, /^%config\(noreplace\) %attr\(0640, root, okws\) \/etc\/okws\/okws\.yaml$/m);
  assert.match(text, /^%attr\(0755, root, root\) \/usr\/bin\/okws$/m);
  assert.match(text, /^%doc .* \/usr\/share\/man\/man1\/okws\.1\.gz$/m);
  assert.match(text, /^\* Sun Nov 22 2026 .+ - 2\.1\.0-1$/m);
});

Deno.test("the formula has an archive of each platform that Homebrew runs on, with its checksum", () => {
  const sums = Object.fromEntries(FORMULA_PLATFORMS.map((platform, i) => [platform, String(i).repeat(64)]));
  const text = renderFormula(
    "2.1.0",
    "https://example.com/v2.1.0",
    sums as Parameters<typeof renderFormula>[2],
  );
  for (const [platform, sum] of Object.entries(sums)) {
    const target = TARGETS.find(({ name }) => name === platform);
    assert.ok(target, platform);
    assert.ok(
      text.includes(`url "https://example.com/v2.1.0/${archiveName(target)}"\n      sha256 "${sum}"`),
      platform,
    );
  }
  assert.equal(text.match(/\bdo$/gm)?.length, 7);
});

Deno.test("the bill of materials has what the program reaches, with hashes, and nothing of tests alone", async () => {
  const bill = JSON.parse(await renderBill({ version: "2.1.0", deno: "2.9.6", date: "2026-11-22" }));
  assert.deepEqual([bill.bomFormat, bill.specVersion], ["CycloneDX", "1.6"]);
  const { imports } = JSON.parse(await read("deno.json")) as { imports: Record<string, string> };
  const components = bill.components as { name: string; version: string; hashes?: { content: string }[] }[];
  const found = new Map(components.map(({ name, version }) => [name, version]));
  for (const name of ["ioredis", "zod", "commander", "hono"]) {
    assert.equal(`npm:${name}@${found.get(name)}`, imports[name]);
  }
  assert.equal(found.get("deno"), "2.9.6");
  assert.ok(!found.has("playwright-core") && !found.has("fast-check"));
  for (const { name, hashes = [] } of components) {
    if (name !== "deno") assert.match(hashes[0]?.content ?? "", /^[0-9a-f]{128}$/, name);
  }
  const references = [bill.metadata.component, ...bill.components].map((component) => component["bom-ref"]);
  assert.equal(new Set(references).size, references.length);
  assert.deepEqual(
    new Set([bill.dependencies[0].ref, ...bill.dependencies[0].dependsOn]),
    new Set(references),
  );
});

Deno.test("the release workflow builds every platform, proves where the files come from, and ends with a draft", async () => {
  const text = await read(".github/workflows/release.yml");
  for (const { name } of TARGETS) assert.ok(text.includes(name), name);
  assert.match(text, /deno task release\b/);
  assert.match(text, /actions\/attest-build-provenance@/);
  assert.match(text, /gh release create .*--draft\b/);
  assert.doesNotMatch(text, /npm publish|push: true/);
});

Deno.test("npm and the host of images get a release when a person has published it, not before", async () => {
  const workflow = parse(await read(".github/workflows/publish.yml"));
  assert.deepEqual(workflow.on, { release: { types: ["published"] } });
  const steps = workflow.jobs.npm.steps.map((step: { run?: string }) => step.run).join("\n");
  assert.match(steps, /gh release download .+gh attestation verify .+npm publish .*--provenance/s);
  assert.equal(workflow.jobs.npm.permissions["id-token"], "write");
  assert.equal(workflow.jobs.image.steps.at(-1).with.push, true);
});

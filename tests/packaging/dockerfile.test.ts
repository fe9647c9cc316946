/** The essentials of the image, since it cannot be built wherever the tests run. */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

/** Instructions of the last stage, with lines that go on joined. */
async function lastStage(): Promise<
  { readonly base: string; readonly lines: readonly string[]; readonly all: string }
> {
  const all = await Deno.readTextFile(new URL("Dockerfile", ROOT));
  const lines = all.replaceAll("\\\n", " ").split("\n").filter((line) =>
    line !== "" && !line.startsWith("#")
  );
  const start = lines.findLastIndex((line) => line.startsWith("FROM "));
  return { base: (lines[start] ?? "").split(" ")[1] ?? "", lines: lines.slice(start + 1), all };
}

/** The value of an instruction that stands once. */
function valueOf(lines: readonly string[], name: string): string {
  const found = lines.filter((line) => line.startsWith(`${name} `));
  assert.equal(found.length, 1, name);
  return (found[0] ?? "").slice(name.length + 1).replace(/\s+/g, " ");
}

Deno.test("the image has no shell, no root, and runs the service", async () => {
  const { base, lines } = await lastStage();
  assert.match(base, /^gcr\.io\/distroless\/cc-debian\d+:nonroot$/);
  assert.ok(lines.every((line) => !/^(RUN|ADD) /.test(line)), "nothing is run in an image without a shell");
  assert.equal(valueOf(lines, "USER"), "65532:65532");
  assert.equal(valueOf(lines, "STOPSIGNAL"), "SIGTERM");
  assert.equal(valueOf(lines, "EXPOSE"), "8787");
  assert.deepEqual(JSON.parse(valueOf(lines, "ENTRYPOINT")), ["/usr/bin/okws"]);
  assert.deepEqual(JSON.parse(valueOf(lines, "CMD")), ["serve", "-c", "/etc/okws/okws.yaml"]);
  const [, options = "", health = ""] = /^(.*?) CMD (\[.*\])$/.exec(valueOf(lines, "HEALTHCHECK")) ?? [];
  assert.deepEqual((JSON.parse(health) as string[]).slice(0, 2), ["/usr/bin/okws", "health"]);
  assert.match(options, /--timeout=\d+s/);
});

Deno.test("the image is built by the Deno that everything else is", async () => {
  const { all } = await lastStage();
  const ci = await Deno.readTextFile(new URL(".ci/run", ROOT));
  const version = /deno@(\d+\.\d+\.\d+)/.exec(ci)?.[1];
  assert.ok(version !== undefined && all.includes(`FROM denoland/deno:debian-${version} AS build`));
});

Deno.test("what is copied into the image is there, and no secret nor history is sent along", async () => {
  const { all } = await lastStage();
  for (const [, files] of all.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const file of (files as string).split(" ")) await Deno.stat(new URL(file, ROOT));
  }
  await Deno.stat(new URL("config/okws.yaml", ROOT));
  const lines = (await Deno.readTextFile(new URL(".dockerignore", ROOT))).split("\n");
  // All is left out but what is named: a configuration with a secret that somebody wrote into the clone, too.
  assert.equal(lines.find((line) => !line.startsWith("#")), "*");
  const sent = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  assert.deepEqual(sent, [
    ...["deno.json", "deno.lock", "main.ts", "mod.ts", "src", "scripts/compile", "scripts/compile.ts"],
    "config/okws.yaml",
  ]);
  for (const name of sent) await Deno.stat(new URL(name, ROOT));
  for (const name of ["**/*.env", "**/*.log"]) {
    assert.ok(lines.indexOf(name) > lines.lastIndexOf(`!${sent.at(-1)}`));
  }
});

async function has(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdin: "null" }).output()).success;
  } catch {
    return false;
  }
}

if (await has("hadolint")) {
  Deno.test("hadolint has nothing to say", async () => {
    const { stdout } = await new Deno.Command("hadolint", { args: ["Dockerfile"], cwd: ROOT }).output();
    assert.equal(new TextDecoder().decode(stdout), "");
  });
}

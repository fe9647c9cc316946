/** The clients as packages: what is checked without running them, and that Python's can be installed. */
import assert from "node:assert/strict";
import { runChild } from "../../support/child.ts";
import { testWith } from "../../support/needs.ts";
import { GO } from "./languages.ts";

const CLIENTS = new URL("../../../clients/", import.meta.url).pathname;

testWith(["mypy", "redis-py"], "Python: types are checked with mypy --strict", async () => {
  const cache = await Deno.makeTempDir({ prefix: "okws-mypy-" });
  try {
    const checked = await runChild("python3", ["-m", "mypy", "--strict", "--cache-dir", cache], {
      ...{ cwd: `${CLIENTS}python`, timeoutMs: 180_000 },
    });
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

testWith(["wheel", "redis-py"], "Python: pip installs the package with its types", async () => {
  const folder = await Deno.makeTempDir({ prefix: "okws-pip-" });
  const python = async (...args: string[]) => {
    const env = { PYTHONPATH: `${folder}/installed:${Deno.env.get("PYTHONPATH") ?? ""}` };
    const ran = await runChild("python3", args, { cwd: folder, env, timeoutMs: 180_000 });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    return ran.stdout.trim();
  };
  try {
    // Building leaves files beside the sources.
    await copy(`${CLIENTS}python`, `${folder}/python`);
    const quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
    await python(
      ...["-m", "pip", "install", ...quiet, "--no-index", "--no-deps", "--no-build-isolation"],
      ...["--target", `${folder}/installed`, `${folder}/python`],
    );
    const said = await python(
      "-c",
      "import okws_client as o; print(o.__file__, o.Okws.__name__, o.AsyncOkws.__name__)",
    );
    assert.equal(said, `${folder}/installed/okws_client/__init__.py Okws AsyncOkws`);
    await Deno.stat(`${folder}/installed/okws_client/py.typed`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testWith(["go-redis"], "Go: formatted by gofmt, and go vet finds nothing", async () => {
  const cwd = `${CLIENTS}go`;
  const formatted = await runChild("gofmt", ["-l", "."], { cwd });
  assert.deepEqual([formatted.code, formatted.stdout], [0, ""], formatted.stderr);
  const vetted = await runChild("go", ["vet", "./..."], { cwd, env: GO, timeoutMs: 180_000 });
  assert.equal(vetted.code, 0, vetted.stderr);
});

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

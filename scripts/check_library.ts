/**
 * Checks the types of the library as projects outside see them: with the runtime's own options, since those of a dependency do
 * not count there and a type that only holds with the stricter ones of this project is an error in theirs; and with the
 * compiler of TypeScript, from sources beside the packages that they import.
 */
import deno from "../deno.json" with { type: "json" };

const ROOT = new URL("../", import.meta.url);

/** What the compiler needs beside the packages of the library itself. */
const COMPILER = { typescript: "7.0.2", "@types/deno": "2.7.0", "@types/node": "26.6.6" };

const MAIN = 'export * from "okws";\n';

const folder = await Deno.makeTempDir();
try {
  await checkWithDeno(`${folder}/deno`);
  await checkWithTypeScript(`${folder}/tsc`);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function checkWithDeno(project: string): Promise<void> {
  const { imports, nodeModulesDir, unstable } = deno;
  const absolute = Object.entries(imports).map(([name, target]) =>
    [name, target.startsWith("./") ? new URL(target, ROOT).href : target] as const
  );
  const config = { imports: Object.fromEntries(absolute), nodeModulesDir, unstable, lock: false };
  await writeFiles(project, { "deno.json": JSON.stringify(config), "main.ts": MAIN });
  if (await run(project, ["check", "--config", "deno.json", "main.ts"])) return;
  await complain("A project that uses the library with Deno's default options would not pass its check");
}

async function checkWithTypeScript(project: string): Promise<void> {
  const packages = Object.values(deno.imports).filter((target) => target.startsWith("npm:")).map((target) => {
    const at = target.lastIndexOf("@");
    return [target.slice("npm:".length, at), target.slice(at + 1)];
  });
  const manifest = { type: "module", dependencies: { ...Object.fromEntries(packages), ...COMPILER } };
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true },
    ...{ module: "nodenext", target: "esnext", lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"] },
    ...{ types: ["deno", "node"], paths: { okws: ["./okws/mod.ts"] } },
  };
  await writeFiles(project, {
    "package.json": JSON.stringify(manifest),
    "deno.json": JSON.stringify({ nodeModulesDir: "auto", lock: false }),
    "tsconfig.json": JSON.stringify({ compilerOptions, files: ["main.ts"] }),
    "main.ts": MAIN,
  });
  // As in a package: what stands outside the project would be looked for beside itself.
  await copySources(ROOT, new URL(`file://${project}/okws/`));
  const installed = await run(project, ["install", "--quiet"]);
  const tsc = ["run", "--quiet", "-A", "node_modules/typescript/bin/tsc", "-p", "."];
  if (installed && await run(project, tsc)) return;
  await complain("A project that uses the library would not pass `tsc --strict`");
}

async function copySources(from: URL, to: URL): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const name of ["mod.ts", "deno.json"]) await Deno.copyFile(new URL(name, from), new URL(name, to));
  await copyFolder(new URL("src/", from), new URL("src/", to));
}

async function copyFolder(from: URL, to: URL): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(new URL(`${name}/`, from), new URL(`${name}/`, to));
    else await Deno.copyFile(new URL(name, from), new URL(name, to));
  }
}

async function writeFiles(project: string, files: Readonly<Record<string, string>>): Promise<void> {
  await Deno.mkdir(project, { recursive: true });
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${project}/${name}`, text);
}

async function run(cwd: string, args: readonly string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd }).spawn().status;
  return success;
}

async function complain(message: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${message}\n`));
  Deno.exitCode = 1;
}

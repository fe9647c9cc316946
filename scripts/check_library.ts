/**
 * Checks the types of the library as a project with the runtime's own options sees them: the options of a dependency do not
 * count there, and a type that only holds with the stricter ones of this project is an error in theirs.
 */
import deno from "../deno.json" with { type: "json" };

const folder = await Deno.makeTempDir();
try {
  const { imports, nodeModulesDir, unstable } = deno;
  const here = new URL("../", import.meta.url);
  const absolute = Object.entries(imports).map(([name, target]) =>
    [name, target.startsWith("./") ? new URL(target, here).href : target] as const
  );
  const config = { imports: Object.fromEntries(absolute), nodeModulesDir, unstable, lock: false };
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
  await Deno.writeTextFile(`${folder}/main.ts`, 'export * from "okws";\n');
  const args = ["check", "--config", `${folder}/deno.json`, `${folder}/main.ts`];
  const { success } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
  if (!success) {
    const message = "A project that uses the library with Deno's default options would not pass its check\n";
    await Deno.stderr.write(new TextEncoder().encode(message));
    Deno.exitCode = 1;
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

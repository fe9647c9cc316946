/** What every package installs, as files below a folder that stands for the root of a machine. */
import type { Elf } from "./elf.ts";
import { run } from "../compile/run.ts";
import { renderMan } from "./man.ts";

/** What a package is made of. */
export type Contents = {
  readonly program: Uint8Array<ArrayBuffer>;
  readonly version: string;
  /** Of the version, as 2026-11-22. */
  readonly date: string;
};

/** What a format makes its package of; `folder` is empty and removed afterwards. */
export type Packing = Contents & {
  readonly elf: Elf;
  readonly folder: string;
  readonly output: string;
  readonly fast: boolean;
};

/** Where completions belong, by shell. */
export type CompletionPaths = Readonly<Record<"bash" | "fish" | "zsh", string>>;

const root = new URL("../../", import.meta.url);

/** Lays out what all packages have in common. */
export async function layCommon(
  folder: string,
  contents: Contents,
  completions: CompletionPaths,
): Promise<void> {
  const { program, version, date } = contents;
  await place(folder, "usr/bin/okws", program, 0o755);
  await place(folder, "etc/okws/okws.yaml", await readSource("config/okws.yaml"), 0o640);
  for (const unit of ["okws.service", "okws@.service"]) {
    await place(folder, `usr/lib/systemd/system/${unit}`, await readSource(`config/${unit}`));
  }
  await place(folder, "usr/share/man/man1/okws.1.gz", await gzip(renderMan(version, date)));
  for (const [shell, path] of Object.entries(completions)) {
    await place(folder, path, await renderCompletions(shell));
  }
}

/** The completions of a shell; by the sources, since the executable may be for another machine. */
export async function renderCompletions(shell: string): Promise<string> {
  const args = ["run", "--quiet", "-A", "--no-check", "main.ts", "completions", shell];
  return await run(Deno.execPath(), args, { cwd: root.pathname });
}

/** Writes a file below `folder`; folders and the file get the same modes whatever the umask of the build. */
export async function place(
  folder: string,
  path: string,
  content: string | Uint8Array<ArrayBuffer>,
  mode = 0o644,
): Promise<void> {
  const file = `${folder}/${path}`;
  const parts = path.split("/").slice(0, -1);
  await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  for (const i of parts.keys()) await Deno.chmod(`${folder}/${parts.slice(0, i + 1).join("/")}`, 0o755);
  await Deno.writeFile(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
  await Deno.chmod(file, mode);
}

/** Paths of all files below a folder, relative to it. */
export async function filesBelow(folder: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (isDirectory) found.push(...await filesBelow(folder, `${below}${name}/`));
    else found.push(`${below}${name}`);
  }
  return found;
}

/** A file of the sources. */
export function readSource(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, root));
}

/** Without the time of day, so that the same sources give the same file. */
export async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const child = new Deno.Command("gzip", { args: ["-9n"], stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return new Uint8Array((await child.output()).stdout);
}

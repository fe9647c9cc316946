/** Lays out the files of the Debian package and has dpkg-deb pack them. */
import {
  CONTROL_FILES,
  type Facts,
  renderChangelog,
  renderControl,
  renderCopyright,
  renderReadme,
  REVISION,
} from "./debian.ts";
import { readElf } from "./elf.ts";
import { renderMan } from "./man.ts";

/** Why no package was built, in one line for a person. */
export class PackageError extends Error {
  override readonly name = "PackageError";
}

export type PackageOptions = {
  /** The executable. */
  readonly bin: string;
  /** Folder that the package goes to. */
  readonly output: string;
  /** Little compression. */
  readonly fast?: boolean;
};

/** Sections of the changelog that tell of versions, not of what is to come. */
const HEADING = /^## (\d+\.\d+\.\d+)[^\n]*?(\d{4}-\d{2}-\d{2})?\s*$/m;

const root = new URL("../../", import.meta.url);

/** Answers the package and its size. Whoever packs the same sources again gets the same files inside. */
export async function buildPackage(
  options: PackageOptions,
): Promise<{ readonly file: string; readonly bytes: number }> {
  const { bin, output, fast = false } = options;
  const program = await Deno.readFile(bin).catch(() => {
    throw new PackageError(`There is no executable ${bin}: build it first with deno task compile`);
  });
  const elf = readElf(program);
  if (elf === undefined) throw new PackageError(`${bin} is no executable for Linux on amd64 or arm64`);
  const version = await read("deno.json").then((text) => (JSON.parse(text) as { version: string }).version);
  const folder = await Deno.makeTempDir({ prefix: "okws-package-" });
  try {
    await Deno.chmod(folder, 0o755);
    await lay(folder, { program, bin, version });
    const bytes = await sizeBelow(folder);
    const facts: Facts = {
      version,
      architecture: elf.architecture,
      glibc: elf.glibc,
      kilobytes: Math.ceil(bytes / 1024),
    };
    await place(folder, "DEBIAN/control", renderControl(facts));
    for (const [name, text] of Object.entries(CONTROL_FILES)) {
      await place(folder, `DEBIAN/${name}`, text, name === "conffiles" ? 0o644 : 0o755);
    }
    await place(folder, "DEBIAN/md5sums", await checksums(folder));
    await Deno.mkdir(output, { recursive: true });
    const file = `${output}/okws_${version}-${REVISION}_${elf.architecture}.deb`;
    const pressing = fast ? ["-Zgzip", "-z1"] : ["-Zxz"];
    await run("dpkg-deb", ["--root-owner-group", ...pressing, "--build", folder, file]);
    return { file, bytes: (await Deno.stat(file)).size };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

type Contents = {
  readonly program: Uint8Array<ArrayBuffer>;
  readonly bin: string;
  readonly version: string;
};

/** Everything that is installed. */
async function lay(folder: string, { program, bin, version }: Contents): Promise<void> {
  const changelog = await read("CHANGELOG.md");
  const date = HEADING.exec(changelog)?.[2] ?? new Date().toISOString().slice(0, 10);
  await place(folder, "usr/bin/okws", program, 0o755);
  await place(folder, "etc/okws/okws.yaml", await read("config/okws.yaml"), 0o640);
  await place(folder, "usr/lib/systemd/system/okws.service", await read("config/okws.service"));
  await place(folder, "usr/share/doc/okws/copyright", renderCopyright(await read("LICENSE")));
  await place(folder, "usr/share/doc/okws/README.Debian", renderReadme());
  await place(folder, "usr/share/doc/okws/changelog.gz", await gzip(changelog));
  await place(folder, "usr/share/doc/okws/changelog.Debian.gz", await gzip(renderChangelog(version, date)));
  await place(folder, "usr/share/man/man1/okws.1.gz", await gzip(renderMan(version, date)));
  await place(folder, "usr/share/lintian/overrides/okws", await overrides());
  const absolute = bin.startsWith("/") ? bin : `${Deno.cwd()}/${bin}`;
  for (const [shell, path] of Object.entries(COMPLETIONS)) {
    await place(folder, path, await run(absolute, ["completions", shell]));
  }
}

const COMPLETIONS = {
  bash: "usr/share/bash-completion/completions/okws",
  fish: "usr/share/fish/vendor_completions.d/okws.fish",
  zsh: "usr/share/zsh/vendor-completions/_okws",
};

/** What lintian says that is so on purpose. */
async function overrides(): Promise<string> {
  return await Deno.readTextFile(new URL("lintian-overrides", import.meta.url));
}

async function place(
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
  // Whatever the umask of whoever builds.
  await Deno.chmod(file, mode);
}

/** Of every installed file that is not a configuration file. */
async function checksums(folder: string): Promise<string> {
  const files = (await filesBelow(folder)).filter((path) => !/^(DEBIAN|etc)\//.test(path)).sort();
  return await run("md5sum", files, folder);
}

async function sizeBelow(folder: string): Promise<number> {
  const sizes = (await filesBelow(folder)).map(async (path) => (await Deno.stat(`${folder}/${path}`)).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function filesBelow(folder: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (isDirectory) found.push(...await filesBelow(folder, `${below}${name}/`));
    else found.push(`${below}${name}`);
  }
  return found;
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, root));
}

/** Without the time of day, so that the same sources give the same file. */
async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const child = new Deno.Command("gzip", { args: ["-9n"], stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  return new Uint8Array((await child.output()).stdout);
}

async function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const decoder = new TextDecoder();
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      ...(cwd === undefined ? {} : { cwd }),
    }).output();
    if (success) return decoder.decode(stdout);
    throw new PackageError(`${program} ${args[0] ?? ""} failed: ${decoder.decode(stderr).trim()}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new PackageError(`There is no program ${program} here`);
  }
}

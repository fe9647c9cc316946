/** Lays out the files of the Debian package and has dpkg-deb pack them. */
import { run } from "../compile/run.ts";
import {
  CONTROL_FILES,
  renderChangelog,
  renderControl,
  renderCopyright,
  renderReadme,
  REVISION,
} from "./debian.ts";
import { filesBelow, gzip, layCommon, type Packing, place, readSource } from "./layout.ts";
import { renderPage } from "./pages.ts";

const COMPLETIONS = {
  bash: "usr/share/bash-completion/completions/okws",
  fish: "usr/share/fish/vendor_completions.d/okws.fish",
  zsh: "usr/share/zsh/vendor-completions/_okws",
};

/** Returns the package. */
export async function buildDebian(packing: Packing): Promise<string> {
  const { version, date, elf, folder, output, fast } = packing;
  await layCommon(folder, packing, COMPLETIONS);
  await place(folder, "usr/share/doc/okws/copyright", renderCopyright(await readSource("LICENSE")));
  await place(folder, "usr/share/doc/okws/README.Debian", renderReadme());
  const changelog = renderPage(await readSource("CHANGELOG.md"), { version });
  await place(folder, "usr/share/doc/okws/changelog.gz", await gzip(changelog));
  await place(folder, "usr/share/doc/okws/changelog.Debian.gz", await gzip(renderChangelog(version, date)));
  // What lintian says that is so on purpose.
  await place(
    folder,
    "usr/share/lintian/overrides/okws",
    await readSource("scripts/package/lintian-overrides"),
  );
  const kilobytes = Math.ceil(await sizeBelow(folder) / 1024);
  await place(folder, "DEBIAN/control", renderControl({ version, ...elf, kilobytes }));
  for (const [name, text] of Object.entries(CONTROL_FILES)) {
    await place(folder, `DEBIAN/${name}`, text, name === "conffiles" ? 0o644 : 0o755);
  }
  await place(folder, "DEBIAN/md5sums", await checksums(folder));
  const file = `${output}/okws_${version}-${REVISION}_${elf.architecture}.deb`;
  const compression = fast ? ["-Zgzip", "-z1"] : ["-Zxz"];
  await run("dpkg-deb", ["--root-owner-group", ...compression, "--build", folder, file]);
  return file;
}

/** Of every installed file that is not a configuration file. */
async function checksums(folder: string): Promise<string> {
  const files = (await filesBelow(folder)).filter((path) => !/^(DEBIAN|etc)\//.test(path)).sort();
  return await run("md5sum", files, { cwd: folder });
}

async function sizeBelow(folder: string): Promise<number> {
  const sizes = (await filesBelow(folder)).map(async (path) => (await Deno.stat(`${folder}/${path}`)).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

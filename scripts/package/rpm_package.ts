/** Lays out the files of the RPM package and has rpmbuild pack them. */
import { run } from "../compile/run.ts";
import { filesBelow, layCommon, type Packing, place, readSource } from "./layout.ts";
import { renderPage } from "./pages.ts";
import { RELEASE, renderSpec, RPM_ARCHITECTURE } from "./rpm.ts";

const COMPLETIONS = {
  bash: "usr/share/bash-completion/completions/okws",
  fish: "usr/share/fish/vendor_completions.d/okws.fish",
  zsh: "usr/share/zsh/site-functions/_okws",
};

/** Returns the package. */
export async function buildRpm(packing: Packing): Promise<string> {
  const { version, date, elf, folder, output, fast } = packing;
  const root = `${folder}/SOURCES/root`;
  await layCommon(root, packing, COMPLETIONS);
  await place(root, "usr/share/licenses/okws/LICENSE", await readSource("LICENSE"));
  await place(
    root,
    "usr/share/doc/okws/CHANGELOG.md",
    renderPage(await readSource("CHANGELOG.md"), { version }),
  );
  const files = (await filesBelow(root)).sort().map((path) => `/${path}`);
  await place(folder, "okws.spec", renderSpec({ version, date, elf, files, fast }));
  const architecture = RPM_ARCHITECTURE[elf.architecture];
  const defines = {
    _topdir: folder,
    _buildhost: "okws",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
  };
  await run("rpmbuild", [
    "-bb",
    "--quiet",
    "--target",
    `${architecture}-linux`,
    ...Object.entries(defines).flatMap(([name, value]) => ["--define", `${name} ${value}`]),
    `${folder}/okws.spec`,
  ], { environment: { SOURCE_DATE_EPOCH: String(Date.parse(date) / 1000) } });
  const name = `okws-${version}-${RELEASE}.${architecture}.rpm`;
  await Deno.copyFile(`${folder}/RPMS/${architecture}/${name}`, `${output}/${name}`);
  return `${output}/${name}`;
}

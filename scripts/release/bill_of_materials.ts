/** The bill of materials of a release, in CycloneDX 1.6: what the program is made of, from the lock file. */
import { run } from "../compile/run.ts";
import { readSource } from "../package/layout.ts";

type Lock = { readonly npm: Readonly<Record<string, { readonly integrity: string }>> };
type Info = {
  /** Modules that main.ts imports; a package's own are none of them. */
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, Package>>;
};
type Package = { readonly name: string; readonly version: string; readonly dependencies: readonly string[] };

type Component = {
  readonly type: "library" | "platform";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: "SHA-512"; readonly content: string }[];
};

export type BillOptions = {
  readonly version: string;
  /** Of the runtime. */
  readonly deno: string;
  /** Of the version, as 2026-11-22. */
  readonly date: string;
};

/** Returns the document as JSON. */
export async function renderBill({ version, deno, date }: BillOptions): Promise<string> {
  const self = `pkg:github/oscnet/okws@${version}`;
  const components = [runtime(deno), ...await packages()];
  const bill = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: `${date}T00:00:00Z`,
      component: { type: "application", "bom-ref": self, name: "okws", version, purl: self, licenses: [MIT] },
    },
    components,
    dependencies: [{ ref: self, dependsOn: components.map((component) => component["bom-ref"]) }],
  };
  return JSON.stringify(bill, undefined, 2) + "\n";
}

const MIT = { license: { id: "MIT" } };

function runtime(version: string): Component {
  const purl = `pkg:github/denoland/deno@v${version}`;
  return { type: "platform", "bom-ref": purl, name: "deno", version, purl };
}

/** The packages that main.ts reaches; those that only tests and scripts use are none of its parts. */
async function packages(): Promise<Component[]> {
  const info = JSON.parse(await run(Deno.execPath(), ["info", "--json", "main.ts"])) as Info;
  const lock = JSON.parse(await readSource("deno.lock")) as Lock;
  const reached = new Set(info.modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  // What is added meanwhile is visited too.
  for (const id of reached) for (const next of info.npmPackages[id]?.dependencies ?? []) reached.add(next);
  return [...reached].sort().map((id) => {
    const { name = id, version = "" } = info.npmPackages[id] ?? {};
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    const integrity = lock.npm[id]?.integrity;
    const hashes = integrity === undefined
      ? {}
      : { hashes: [{ alg: "SHA-512" as const, content: hashOf(integrity) }] };
    return { type: "library", "bom-ref": purl, name, version, purl, ...hashes };
  });
}

/** Of `sha512-BASE64`, in hexadecimal. */
function hashOf(integrity: string): string {
  return Uint8Array.fromBase64(integrity.replace(/^sha512-/, "")).toHex();
}

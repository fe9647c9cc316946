/**
 * Writes the page into the program: bundles what is below web/ and puts each file into a module below src/http/page/,
 * so that the sources, the library and the executable serve it alike.
 *
 *     deno task page
 */

import { type GeneratedFiles, writeGenerated } from "./generated_files.ts";
import { ZH } from "../src/cli/i18n/zh.ts";
import { ERRORS_EN } from "../src/shared/messages/en.ts";

/** Where a file comes from, and the module and constant that it becomes. */
type Part = { readonly module: string; readonly name: string; readonly text: () => Promise<string> };

/** Left out of the bundle, and served as a file of its own. */
const CHARTS = "./charts.ts";

/** Parts of the style sheet in their order. */
const STYLES = [
  ...["base", "bar", "panels", "connections", "paths", "act", "market", "events"],
  ...["middle", "phone", "motion"],
];

const PARTS: readonly Part[] = [
  { module: "index", name: "INDEX", text: () => readWeb("index.html") },
  { module: "style", name: "STYLE", text: readStyle },
  { module: "icon", name: "ICON", text: () => readWeb("icon.svg") },
  { module: "app", name: "APP", text: () => bundle("web/main.ts", ["--external", CHARTS]) },
  { module: "sentences_zh", name: "SENTENCES_ZH", text: () => Promise.resolve(renderSentences()) },
  // Changes with the version of the library alone, so it is kept apart from what changes often.
  { module: "charts", name: "CHARTS", text: () => bundle("web/charts.ts", ["--minify"]) },
];

/** Returns the modules as they should be. */
export async function pageFiles(): Promise<GeneratedFiles> {
  const modules = new Map<string, string>();
  for (const { module, name, text } of PARTS) {
    const head = `/** Written by scripts/page.ts from what is below web/; do not edit. */\n`;
    modules.set(`src/http/page/${module}.ts`, `${head}export const ${name} = \`${escape(await text())}\`;\n`);
  }
  return modules;
}

/** What a service says in English, and the same in Chinese, by key: who reads the page in Chinese fetches it. */
function renderSentences(): string {
  const chinese: Readonly<Record<string, string | undefined>> = ZH;
  const pairs = Object.entries(ERRORS_EN).map(([key, english]) => [key, [english, chinese[key] ?? english]]);
  return JSON.stringify(Object.fromEntries(pairs));
}

/** Makes a text safe inside a template literal. */
function escape(text: string): string {
  return text.replace(/[\\`]|\$\{/g, "\\$&");
}

/** One sheet of several: what comes later wins. */
async function readStyle(): Promise<string> {
  return (await Promise.all(STYLES.map((name) => readWeb(`style/${name}.css`)))).join("\n");
}

function readWeb(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`../web/${name}`, import.meta.url));
}

async function bundle(entry: string, options: readonly string[]): Promise<string> {
  // Into a file: on stdout nothing comes out of an entry that has an external import.
  const file = await Deno.makeTempFile({ prefix: "okws-page-", suffix: ".js" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--platform=browser", ...options, `--output=${file}`, entry],
      cwd: new URL("../", import.meta.url),
      stdin: "null",
    }).output();
    if (!success) throw new Error(`deno bundle failed: ${new TextDecoder().decode(stderr)}`);
    return (await Deno.readTextFile(file)).replaceAll(`"${CHARTS}"`, '"./charts.js"');
  } finally {
    await Deno.remove(file);
  }
}

if (import.meta.main) await writeGenerated(await pageFiles());

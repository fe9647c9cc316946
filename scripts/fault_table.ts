/** Writes the table of faults in docs/mock.md from the vocabulary of the simulated exchange. */
import { faultUsages } from "../src/mock/faults/faults.ts";
import { type GeneratedFiles, renderPages, writeGenerated } from "./generated_files.ts";

const BEGIN = "<!-- faults -->";
const END = "<!-- /faults -->";

/** The page with the table as it should be. */
export function withFaultTable(text: string): string {
  const rows = faultUsages().map((usage) => {
    const at = usage.indexOf(": ");
    return `| \`${cell(usage.slice(0, at)).replaceAll(" or ", "` or `")}\` | ${cell(usage.slice(at + 2))} |`;
  });
  const table = ["", "| fault | what it does |", "| --- | --- |", ...rows, ""].join("\n");
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/mock.md has no ${BEGIN} and ${END}`);
  return `${text.slice(0, from + BEGIN.length)}\n${table}\n${text.slice(to)}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** The page as it should be. */
export function faultFiles(): Promise<GeneratedFiles> {
  return renderPages([["docs/mock.md", withFaultTable]]);
}

if (import.meta.main) await writeGenerated(await faultFiles());

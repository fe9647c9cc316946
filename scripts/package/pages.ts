/** Pages of the sources as a package brings them: what they link to and is not beside them is on the web, as of their version. */

const REPOSITORY = "https://github.com/oscnet/okws";

export type PageSurroundings = {
  readonly version: string;
  /** Files that lie beside the page, by their path in the sources. */
  readonly beside?: ReadonlyMap<string, string>;
};

/** A block of code, which is left as it is, or what a link or an image leads to below the root of the sources. */
const BLOCK_OR_LINK =
  /^```[^]*?^```$|(?<image>!?)\[(?<text>[^[\]]*)\]\((?<path>[^)#\s:]+)(?<anchor>#[^)\s]+)?\)/gm;

/** Returns a page of the root of the sources whose links work where the package puts it. */
export function renderPage(page: string, { version, beside = new Map() }: PageSurroundings): string {
  return page.replaceAll(BLOCK_OR_LINK, (whole: string, ...found: unknown[]) => {
    const { image, text, path, anchor = "" } = found.at(-1) as Record<string, string | undefined>;
    if (path === undefined) return whole;
    const kind = image === "!" ? "raw" : path.endsWith("/") ? "tree" : "blob";
    const target = beside.get(path) ?? `${REPOSITORY}/${kind}/v${version}/${path}`;
    return `${image}[${text}](${target}${anchor})`;
  });
}

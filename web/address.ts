/** What is shown, as the part of the address behind `#`: it can be kept, sent to others, and gone back to. Pure. */
import type { Group } from "./model.ts";

/** The lists on the left. */
export type ListName = "watch" | "paths";

/** The sections of which a phone shows one. */
export type Section = "paths" | "market" | "activity";

/** Everything of the page that a person chose. */
export type Address = {
  /** Both empty: nothing was chosen. */
  readonly server: string;
  readonly path: string;
  readonly list: ListName;
  readonly section: Section;
  /** Whether the row is shown in the place of the trades; undefined: as suits the path. */
  readonly row: boolean | undefined;
  /** Channels of the other panels where they are not those that suit best. */
  readonly candles: string;
  readonly book: string;
  readonly words: string;
  readonly group: Group | "pinned";
};

/** The page as it opens; where the address has a path, the section is that of the market. */
export const FIRST: Address = {
  ...{ server: "", path: "", list: "watch", section: "paths", row: undefined },
  ...{ candles: "", book: "", words: "", group: "all" },
};

const LISTS: readonly ListName[] = ["watch", "paths"];
const SECTIONS: readonly Section[] = ["paths", "market", "activity"];
const GROUPS: readonly Address["group"][] = ["all", "live", "waiting", "problems", "pinned"];

/** Longest text taken of an address. */
const MAX_TEXT = 300;

/** The section that an address leads to where it names none. */
export function usualSection({ path }: Pick<Address, "path">): Section {
  return path === "" ? FIRST.section : "market";
}

/** As `#/main/candle1m:BTC-USDT?list=paths`; what is as the page opens is left out. */
export function formatAddress(address: Address): string {
  const { server, path, row } = address;
  const usual = { ...FIRST, section: usualSection(address) };
  const place = server === "" ? "" : `${encode(server)}/${encode(path)}`;
  const query = new URLSearchParams();
  for (const name of ["list", "section", "candles", "book", "words", "group"] as const) {
    if (address[name] !== usual[name]) query.set(name, address[name]);
  }
  if (row !== undefined) query.set("row", row ? "1" : "0");
  return `#/${place}${query.size === 0 ? "" : `?${query}`}`;
}

/** Reads what {@link formatAddress} wrote; whatever cannot be read is as the page opens. */
export function parseAddress(hash: string): Address {
  const [place = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [server = "", ...path] = place.split("/");
  const found = new URLSearchParams(query);
  const text = (name: string) => (found.get(name) ?? "").slice(0, MAX_TEXT);
  const oneOf = <Name extends string>(names: readonly Name[], name: string, otherwise: Name) =>
    names.find((each) => each === found.get(name)) ?? otherwise;
  const named = { server: decode(server), path: decode(path.join("/")) };
  const chosen = named.server === "" || named.path === "" ? { server: "", path: "" } : named;
  const row = found.get("row");
  return {
    ...chosen,
    list: oneOf(LISTS, "list", FIRST.list),
    section: oneOf(SECTIONS, "section", usualSection(chosen)),
    row: row === "1" ? true : row === "0" ? false : undefined,
    ...{ candles: text("candles"), book: text("book"), words: text("words") },
    group: oneOf(GROUPS, "group", FIRST.group),
  };
}

/** Colons, slashes and commas of a path stay readable. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%2C", ",");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text).slice(0, MAX_TEXT);
  } catch {
    return "";
  }
}

/** `--columns` of the live views: titles of columns, in the reader's language or in English. */
import { englishOf, type Text } from "../../shared/messages/message.ts";
import { UsageError } from "./exit.ts";
import { keyed, type Translate } from "../i18n/translate.ts";

/**
 * Returns the titles as the view has them, in lower case; undefined: all columns. `titles` are those that there are;
 * `isOpen`: there may be others, which depend on what comes.
 */
export function parseColumns(
  value: string | undefined,
  { titles, isOpen, t }: {
    readonly titles: readonly Text[];
    readonly isOpen: boolean;
    readonly t: Translate;
  },
): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  const known = new Map<string, string>();
  for (const title of titles) {
    const shown = typeof title === "string" ? title : t(title);
    for (const name of [briefOf(englishOf(title)), briefOf(shown), shown]) {
      known.set(name.toLowerCase(), shown.toLowerCase());
    }
  }
  const names = value.split(/[,，、]/).map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
  const list = [...new Set(titles.map((title) => briefOf(t.any(title))))].join(", ");
  if (names.length === 0) throw new UsageError(keyed("columns.none", { list }));
  return new Set(names.map((name) => {
    const found = known.get(name);
    if (found === undefined && !isOpen) throw new UsageError(keyed("columns.unknown", { name, list }));
    return found ?? name;
  }));
}

/** Returns what a title begins with, up to what explains it: the list of names is split at commas. */
function briefOf(title: string): string {
  return title.split(/[,，(（]/, 1)[0]?.trim() ?? "";
}

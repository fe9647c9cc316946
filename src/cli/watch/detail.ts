/** A row of a live table in full, with what Redis says of its subscription. Pure. */
import type { Detail } from "../terminal/live/panel.ts";
import { safeText } from "../terminal/text.ts";
import { pathFields } from "../shared/path_detail.ts";
import type { Entry, WatchState } from "./watch_state.ts";
import { nameOf } from "./cells.ts";
import { memberText } from "./member.ts";
import type { Translate } from "../i18n/translate.ts";

/** Returns the path of a row by its name. */
export function pathOf(key: string): string {
  return key.slice(0, key.indexOf("\n"));
}

/** Returns everything of a row; undefined: it is gone, and its path is none of those that are watched. */
export function watchDetail(watch: WatchState, key: string, now: number, t: Translate): Detail | undefined {
  const path = pathOf(key);
  if (!watch.sources.has(path)) return undefined;
  const entry: Entry | undefined = watch.entries.get(key) ?? watch.tape.findLast((each) => each.key === key);
  // A row of which none has come yet has a subscription all the same.
  if (entry === undefined && !key.endsWith("\n")) return undefined;
  const record = watch.records.get(path);
  const fields = Object.entries(entry?.row ?? {}).map(([name, value]) =>
    [safeText(name), memberText(value)] as const
  );
  return {
    title: `${entry === undefined ? "" : `${nameOf(entry.row, path)}  `}${safeText(watch.name)} ${
      safeText(path)
    }`,
    sections: [
      ...(fields.length === 0 ? [] : [{ title: t("live.row"), fields }]),
      {
        title: t("live.subscription"),
        fields: record === undefined
          ? [["state", t("live.not_subscribed")] as const]
          : pathFields(record, now, t),
      },
    ],
  };
}

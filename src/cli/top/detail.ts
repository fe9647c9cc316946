/** Rows of `okws top` by their names, and in full. Pure. */
import type { Detail } from "../terminal/live/panel.ts";
import type { UnsubscribeTarget } from "../terminal/live/ui.ts";
import { renderRate } from "../terminal/live/rate.ts";
import { safeText } from "../terminal/text.ts";
import { pathFields, timeText } from "../shared/path_detail.ts";
import type { ConnectionFigure, Figures, PathFigure } from "./sample.ts";
import type { Translate } from "../i18n/translate.ts";

/** Returns the name of a subscription's row. */
export function subscriptionKey({ server, path }: Pick<PathFigure, "server" | "path">): string {
  return `${server}\n${path}`;
}

/** Returns the name of a connection's row; no path begins with a line break. */
export function connectionKey({ server, endpoint }: Pick<ConnectionFigure, "server" | "endpoint">): string {
  return `${server}\n\n${endpoint}`;
}

/** Returns what unsubscribing a row would end; undefined: it is no subscription, or is gone. */
export function topTarget({ subscriptions }: Figures, key: string): UnsubscribeTarget | undefined {
  const found = subscriptions.find((each) => subscriptionKey(each) === key);
  return found === undefined ? undefined : { server: found.server, path: found.path };
}

/** Returns everything of a row; undefined: it is gone. */
export function topDetail(figures: Figures, key: string, now: number, t: Translate): Detail | undefined {
  const path = figures.subscriptions.find((each) => subscriptionKey(each) === key);
  if (path !== undefined) {
    const { rowsPerSecond } = path;
    const rate = rowsPerSecond === null ? "-" : renderRate(rowsPerSecond);
    return {
      title: safeText(`${path.server} ${path.path}`),
      sections: [{
        title: t("live.subscription"),
        fields: [...pathFields(path, now, t), ["rows/s", rate]],
      }],
    };
  }
  const connection = figures.connections.find((each) => connectionKey(each) === key);
  if (connection === undefined) return undefined;
  const { server, endpoint, state, url, since, receivedAt, subscriptions, attempts, lastError } = connection;
  return {
    title: safeText(`${server} ${endpoint}`),
    sections: [{
      title: t("live.connection"),
      fields: [
        ["state", safeText(state)],
        ["lastError", lastError === "" ? "-" : safeText(t.sentence(lastError))],
        ["attempts", String(attempts)],
        ["since", timeText(since, now, t)],
        ["receivedAt", timeText(receivedAt, now, t)],
        ["subscriptions", String(subscriptions)],
        ["url", safeText(url)],
      ],
    }],
  };
}

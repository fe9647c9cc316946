/** What a person must know of a path before believing what is shown of it. Pure. */
import { formatAge } from "./format.ts";
import type { Path } from "./model.ts";
import type { t } from "./texts.ts";

/** Why a path is not live and when it is tried again, as `stale for 12 s: …; next attempt in 5 s`; empty: it is live. */
export function noticeOf(path: Path | undefined, now: number, translate: typeof t): string {
  if (path === undefined || path.state === "live") return "";
  const { state, since, receivedAt, error, nextAt, everyMs } = path;
  if (state === "overdue") {
    const time = formatAge(Math.max(0, now - (receivedAt > 0 ? receivedAt : since)));
    return translate("page.silent", { time, every: formatAge(everyMs ?? 0) });
  }
  const time = since > 0 ? formatAge(Math.max(0, now - since)) : "";
  const what = time === "" ? state : translate("page.state_for", { state, time });
  const why = error === "" ? what : translate("page.because", { what, reason: error });
  const seconds = Math.ceil((nextAt - now) / 1000);
  return nextAt > 0 && seconds > 0 ? translate("page.next_attempt", { reason: why, seconds }) : why;
}

/** The title of the page: what is wrong, the price, what it is of, and the shard, as `stale · 63,120.5 BTC-USDT – okws 2/3`. */
export function titleOf(
  path: Path | undefined,
  { price, trouble, shard }: { readonly price: string; readonly trouble: string; readonly shard: string },
): string {
  const state = path === undefined || path.state === "live" ? "" : path.state;
  const subject = path === undefined ? "" : path.subject || path.path;
  const parts = [trouble, state, [price, subject].filter(Boolean).join(" ")].filter(Boolean);
  return [parts.join(" · "), `okws ${shard}`.trimEnd()].filter(Boolean).join(" – ");
}

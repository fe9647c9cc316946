/** What a person must know of a path before believing what is shown of it. Pure. */
import { upperCaseOf } from "../src/okx/upper_case.ts";
import { formatAge } from "./format.ts";
import type { Path } from "./model.ts";
import { ACCOUNT_TABLES, type AccountKind } from "../src/shared/row_tables.ts";
import type { t } from "./texts.ts";

/** The tables of an account by their kinds. */
export const TABLE_NAMES = {
  orders: "page.orders",
  positions: "page.positions",
  balances: "page.balances",
} as const satisfies Readonly<Record<AccountKind, string>>;

/** Whether a kind of table is one of an account. */
export function isAccountKind(kind: string): kind is AccountKind {
  return kind in ACCOUNT_TABLES;
}

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
  const why = withMeant(
    path,
    error === "" ? what : translate("page.because", { what, reason: error }),
    translate,
  );
  const seconds = Math.ceil((nextAt - now) / 1000);
  return nextAt > 0 && seconds > 0 ? translate("page.next_attempt", { reason: why, seconds }) : why;
}

/** With the path in upper case, which is likely meant where another spelling is refused. */
function withMeant({ path, state }: Path, reason: string, translate: typeof t): string {
  const upper = state === "refused" ? upperCaseOf(path) : undefined;
  return upper === undefined ? reason : `${reason} · ${translate("page.meant_likely", { path: upper })}`;
}

/**
 * The title of the page: what is wrong, the price, what it is of, and the shard, as `stale · 63,120.5 BTC-USDT – okws 2/3`;
 * of an account what is shown and its state, as `Orders SPOT · live – okws`.
 */
export function titleOf(
  path: Path | undefined,
  { price, trouble, shard }: { readonly price: string; readonly trouble: string; readonly shard: string },
  translate: typeof t,
): string {
  const parts = [trouble, ...(path === undefined ? [] : subjectsOf(path, price, translate))].filter(Boolean);
  return [parts.join(" · "), `okws ${shard}`.trimEnd()].filter(Boolean).join(" – ");
}

function subjectsOf({ path, subject, state, table }: Path, price: string, translate: typeof t): string[] {
  if (isAccountKind(table)) {
    return [[translate(TABLE_NAMES[table]), subject].filter(Boolean).join(" "), state];
  }
  // Where there is no price, what stands behind the channel does not say what is shown.
  const what = price !== "" ? `${price} ${subject}` : table === "rows" ? path : subject || path;
  return [state === "live" ? "" : state, what];
}

/**
 * Where else a channel may be that the exchange refused where it was asked for: the table of channels ages, and channels
 * that it does not know are tried everywhere, without a login first.
 */
import type { ConnectionGroup } from "../model/events.ts";
import type { Endpoint } from "../okx/channels.ts";
import type { Topic } from "../okx/topic.ts";

/** Where a channel may be subscribed. */
export type OtherEndpoint = { readonly endpoint: Endpoint; readonly login: boolean };

/** Codes that say that a channel is not where it was asked for (OKX v5 documentation, "WebSocket error codes"). */
const NOT_HERE: ReadonlySet<string> = new Set(["60008", "60011", "60018", "60028", "64001", "64002"]);

/** In this order. */
const ENDPOINTS: readonly OtherEndpoint[] = [
  { endpoint: "public", login: false },
  { endpoint: "business", login: false },
  { endpoint: "business", login: true },
  { endpoint: "private", login: true },
  { endpoint: "public", login: true },
];

/**
 * Returns the next endpoint to try after a refusal with this code; undefined: none. `tried`: the groups of connections that
 * refused it already; `hasLogin`: whether the server can log in.
 */
export function findOtherEndpoint(
  topic: Topic,
  code: string,
  { tried, hasLogin }: { readonly tried: ReadonlySet<ConnectionGroup>; readonly hasLogin: boolean },
): OtherEndpoint | undefined {
  const { endpoint, login, sharesSocket, isKnown } = topic;
  if (sharesSocket || !NOT_HERE.has(code)) return undefined;
  const hint = hintOf(endpoint, login, code);
  const candidates = isKnown ? (tried.size > 1 ? [] : hint) : [...hint, ...ENDPOINTS];
  return candidates.find((candidate) =>
    (hasLogin || !candidate.login) && !tried.has(groupOfEndpoint(candidate))
  );
}

function hintOf(endpoint: Endpoint, login: boolean, code: string): readonly OtherEndpoint[] {
  if (code === "64001") return [{ endpoint: "business", login }];
  if (code === "64002") return [{ endpoint: login ? "private" : "public", login }];
  return code === "60011" && !login ? [{ endpoint, login: true }] : [];
}

function groupOfEndpoint({ endpoint, login }: OtherEndpoint): ConnectionGroup {
  return login ? `${endpoint}+login` : endpoint;
}

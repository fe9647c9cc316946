/** How what is current becomes known when a subscription begins; until it is, the subscription is not live. */
import { accountLists } from "../../okx/account_lists.ts";
import type { Topic } from "../../okx/topic.ts";

/**
 * `list`: the exchange is asked for it by REST; `snapshot`: the channel pushes it, and where it does not it is asked for;
 * `none`: the next push says everything, or each counts by itself. Order books have rules of their own.
 */
export type Start = "list" | "snapshot" | "none";

/** Returns how what is current of a topic becomes known. */
export function startOf(topic: Topic): Start {
  if (!topic.hasRest) return "none";
  if (topic.storage === "instruments" || topic.noInitialSnapshot) return "list";
  return accountLists(topic) === undefined ? "none" : "snapshot";
}

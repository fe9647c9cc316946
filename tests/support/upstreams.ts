/** Upstream subscriptions that stand somewhere, for tests of what changes them. */
import type { Topic } from "../../src/okx/topic.ts";
import {
  createUpstream,
  type Traits,
  type Upstream,
  type UpstreamRequest,
} from "../../src/session/subscriptions/upstream.ts";
import { topicOf } from "./topics.ts";

/** What differs from a subscription that nobody has asked for yet. */
export type UpstreamChange =
  & Partial<Pick<Upstream, "state" | "refusal" | "since"> & UpstreamRequest>
  & Partial<Pick<Traits, "login">>;

/** A subscription of a path. */
export function upstreamOf(
  path: string | Topic,
  { state = "wanted", since = 0, refusal, login, ...request }: UpstreamChange = {},
): Upstream {
  const made = createUpstream(typeof path === "string" ? topicOf(path) : path, 0);
  return {
    ...{ ...made, state, since, refusal },
    traits: { ...made.traits, ...(login === undefined ? {} : { login }) },
    request: { ...made.request, ...request },
  };
}

/**
 * Which upstream subscription an answer is about. An acknowledgement may repeat less than what was asked for, and an error
 * repeats nothing: then the id of the request decides, or the names in the text. Where several are left each is to be asked
 * for alone, so that the next answer says it.
 */
import type { AckFrame, ErrorFrame } from "../../okx/frame.ts";
import { isNamed } from "../../okx/named_arg.ts";
import { isAccepted, isAsked, isOfRequest, type Upstream } from "./upstream.ts";

/** The one that an answer is about, or those of which it may be one. */
export type Addressee = {
  readonly upstream?: Upstream | undefined;
  readonly candidates: readonly Upstream[];
};

/** Returns what an acknowledgement is about, of the subscriptions that its argument does not contradict. */
export function findAcknowledged({ op, id }: AckFrame, similar: readonly Upstream[]): Addressee {
  if (op === "unsubscribe") {
    const accepted = similar.filter(isAccepted);
    return { upstream: accepted.length === 1 ? accepted[0] : undefined, candidates: [] };
  }
  const asked = similar.filter((upstream) => isAsked(upstream) && isOfRequest(upstream, id));
  return asked.length === 1 ? { upstream: asked[0], candidates: [] } : { candidates: asked };
}

/** Returns what an error is about. */
export function findRejected({ id, message }: ErrorFrame, upstreams: Iterable<Upstream>): Addressee {
  const open = [...upstreams].filter((upstream) =>
    (isAsked(upstream) || (upstream.request.absent && upstream.request.answer.kind === "awaited")) &&
    isOfRequest(upstream, id)
  );
  const named = open.filter(({ arg }) => isNamed(arg, message));
  if (named.length === 1) return { upstream: named[0], candidates: [] };
  if (open.length === 1) return { upstream: open[0], candidates: [] };
  return { candidates: named.length > 0 ? named : open };
}

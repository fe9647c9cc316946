/**
 * Whose a push is. The exchange usually repeats the subscribed argument word for word, and then its words are looked up.
 * Private pushes add `uid`; some channels leave out what was subscribed, and then the rows themselves say whose they are.
 */
import { scalarText } from "../../okx/exact_json.ts";
import { type Arg, type DataFrame, isRow } from "../../okx/frame.ts";
import { topicKey } from "../../okx/topic.ts";
import type { Upstream } from "./upstream.ts";

/** A push, or some of its rows, and whose they are. */
export type RoutedPush = { readonly upstream: Upstream; readonly frame: DataFrame };

/** Beginnings of messages remembered; a server has at most twice as many subscriptions. */
const MAX_HEADS = 10_000;

/** Finds the subscription of a push. One for each connection. */
export class PushRouter {
  readonly #upstreams: ReadonlyMap<string, Upstream>;
  /** By the words before the rows, which hold the whole argument. */
  readonly #byHead = new Map<string, Upstream>();

  /** `upstreams`: by their key, as it changes. */
  constructor(upstreams: ReadonlyMap<string, Upstream>) {
    this.#upstreams = upstreams;
  }

  /** Forgets what was looked up, since other subscriptions are desired now. */
  reset(): void {
    this.#byHead.clear();
  }

  /** Returns the one subscription that the argument of a push names; undefined where the rows are needed to decide. */
  find(frame: DataFrame): Upstream | undefined {
    const { arg, rowsAt = -1, text } = frame;
    const head = rowsAt > 0 ? text.slice(0, rowsAt) : undefined;
    const known = head === undefined ? undefined : this.#byHead.get(head);
    if (known !== undefined) return known;
    const found = this.#upstreams.get(topicKey(arg)) ?? this.#named(arg);
    const isNew = found !== undefined && head !== undefined && this.#byHead.size < MAX_HEADS;
    if (isNew && isHeadOf(head, arg)) this.#byHead.set(head, found);
    return found;
  }

  /** Returns the rows of a push whose argument says less than what was subscribed, each for the subscription that it is of. */
  split(frame: DataFrame): { readonly parts: readonly RoutedPush[]; readonly others: number } {
    const rows = new Map<Upstream, unknown[]>();
    let others = 0;
    for (const row of frame.rows.length === 0 ? [{}] : frame.rows) {
      const upstream = this.#fitting(frame.arg, row);
      if (upstream === undefined) others += 1;
      else rows.set(upstream, [...rows.get(upstream) ?? [], row]);
    }
    const parts = [...rows].map(([upstream, own]) => ({
      upstream,
      frame: rows.size === 1 && others === 0 ? frame : { ...frame, rows: own, text: "", rowsAt: -1 },
    }));
    return { parts, others };
  }

  /** Finds as {@link find} does, by the unread text of a message of the form in which pushes usually come. */
  findUnread(text: string): { readonly head: string; readonly upstream: Upstream } | undefined {
    const end = text.indexOf('"data":');
    const head = end > 0 ? text.slice(0, end) : "";
    const upstream = this.#byHead.get(head);
    return upstream === undefined ? undefined : { head, upstream };
  }

  /** Subscriptions whose argument does not contradict this one, though it may say more. */
  similar(arg: Arg): Upstream[] {
    return [...this.#upstreams.values()].filter((upstream) => agrees(upstream.arg, arg));
  }

  /** Returns the subscription all of whose members the argument repeats; of several the one that says most. */
  #named(arg: Arg): Upstream | undefined {
    let best: Upstream | undefined;
    let most = 0;
    for (const upstream of this.#upstreams.values()) {
      const names = Object.keys(upstream.arg);
      if (names.length <= most || names.some((name) => upstream.arg[name] !== arg[name])) continue;
      most = names.length;
      best = upstream;
    }
    return best;
  }

  /**
   * Returns the subscription that an argument and a row together agree with most; undefined where several fit equally.
   */
  #fitting(arg: Arg, row: unknown): Upstream | undefined {
    const said: Readonly<Record<string, unknown>> = isRow(row) ? { ...row, ...arg } : arg;
    let best: Upstream | undefined;
    let most = -Infinity;
    let isAmbiguous = false;
    for (const upstream of this.#upstreams.values()) {
      if (!agrees(upstream.arg, said)) continue;
      const names = Object.keys(upstream.arg).filter((name) => !UNSAID.has(name));
      const fit = 2 * names.filter((name) => said[name] !== undefined).length - names.length;
      if (fit === most) isAmbiguous ||= names.some((name) => said[name] === undefined);
      if (fit <= most) continue;
      most = fit;
      best = upstream;
      isAmbiguous = false;
    }
    return isAmbiguous ? undefined : best;
  }
}

/** What was asked for and is never repeated. */
const UNSAID: ReadonlySet<string> = new Set(["extraParams"]);

/** Returns whether what is said has the channel of an argument and no other value for any of its members. */
function agrees(wanted: Arg, said: Readonly<Record<string, unknown>>): boolean {
  if (wanted.channel !== said.channel) return false;
  for (const name in wanted) {
    if (said[name] !== undefined && wanted[name] !== scalarText(said[name])) return false;
  }
  return true;
}

/** Returns whether the words before the rows hold this argument and no other, so that they may stand for it. */
function isHeadOf(head: string, arg: Arg): boolean {
  if (!head.startsWith(HEAD_START)) return false;
  try {
    const own: unknown = JSON.parse(head.slice(HEAD_START.length - 1, head.indexOf("}") + 1));
    return isRow(own) && topicKey(own as Arg) === topicKey(arg);
  } catch {
    return false;
  }
}

const HEAD_START = '{"arg":{';

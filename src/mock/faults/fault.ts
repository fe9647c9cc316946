/** What a fault is: how it is asked for, and what it does to frames, subscriptions, connections and REST while it is on. */
import type { EventName } from "../market/event_names.ts";
import type { TraderActionName } from "../account/trader_action_names.ts";
import { isSnapshot } from "./outgoing.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Random } from "../market/random.ts";
import type { ServerEndpoint } from "./script_values.ts";

/** What leaves in answer to a REST call. */
export type RestReply = {
  readonly status: number;
  readonly type: "application/json" | "text/html";
  readonly text: string;
  readonly delayMs: number;
};

export type RestFault = {
  /** The calls concerned, without `/api/v5/`; all when undefined. */
  readonly path: string | undefined;
  /** How far behind the answer is. */
  readonly lagMs?: number;
  /** The answer is for another instrument. */
  readonly foreign?: boolean;
  readonly rows?: (rows: readonly unknown[]) => readonly unknown[];
  readonly reply?: (reply: RestReply) => RestReply;
};

/** What a fault does as long as it is on. */
export type Active = {
  /** How it was asked for; the newer of two with the same identity wins. */
  readonly identity: string;
  readonly treat?: (frame: Outgoing) => Outgoing[];
  /** The code a subscription to one of these topics is refused with. */
  readonly refuse?: (topics: readonly string[]) => string | undefined;
  /** Whether it has happened, for a fault that happens once; asked after each frame. */
  readonly isSpent?: () => boolean;
  /** What it does to REST calls and their answers. */
  readonly rest?: RestFault;
  /** Events sent again at each subscription. */
  readonly repeats?: number;
  /** Connections are dropped again and again. */
  readonly everyMs?: number;
};

/** What the server has to do at once. */
export type Action =
  | { readonly kind: "drop"; readonly endpoint: ServerEndpoint | undefined }
  | { readonly kind: "notice"; readonly closeAfterMs: number }
  | { readonly kind: "trade"; readonly move: TraderActionName }
  | { readonly kind: "event"; readonly name: EventName; readonly about?: string }
  /** `reset`: the sequence numbers of all books begin again. */
  | { readonly kind: "pause" | "resume" | "reset" };

export type Outcome = {
  readonly answer: string;
  readonly active?: Active;
  readonly off?: string;
  readonly action?: Action;
};

export type Fault = {
  readonly usage: string;
  /** Whether it can be given from the start, in a list. */
  readonly listed: boolean;
  readonly ask: (args: readonly string[], random: Random) => Outcome;
};

/** Returns the outcome of switching on a fault that stays until it is switched off. */
export function toggle(identity: string, state: string, treat?: (frame: Outgoing) => Outgoing[]): Outcome {
  if (state === "off") return { answer: `${identity} off`, off: identity };
  if (state !== "on") {
    throw new SyntaxError(`Cannot read fault ${identity}: neither on nor off: ${state}`);
  }
  const active = treat === undefined ? { identity } : { identity, treat };
  return { answer: `${identity} on`, active };
}

export function once(
  identity: string,
  matches: (frame: Outgoing) => boolean,
  change: (frame: Outgoing) => Outgoing[],
): Outcome {
  let spent = false;
  const treat = (frame: Outgoing) => {
    if (spent || frame.kind !== "push" || isSnapshot(frame) || !matches(frame)) return [frame];
    const frames = change(frame);
    spent = frames.length !== 1 || frames[0] !== frame;
    return frames;
  };
  return { answer: `${identity} waiting`, active: { identity, treat, isSpent: () => spent } };
}

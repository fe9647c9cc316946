/**
 * The vocabulary between a session and the store: data and lifecycle in one ordered stream, so that a status can
 * never overtake the rows it speaks about. Times are Unix milliseconds of this machine's clock.
 */
import type { DataFrame, Row } from "./okx/frame.ts";
import type { Endpoint } from "./okx/channels.ts";
import type { Topic } from "./okx/topic.ts";

/**
 * What is known of one path. `wanted`: not sent yet; `sent`: no answer yet; `live`: confirmed; `refused`: the
 * exchange said no; `stale`: was live, the connection is lost; `gone`: no longer wanted.
 */
export type SubscriptionState = "wanted" | "sent" | "live" | "refused" | "stale" | "gone";

/** One connection of a server: an endpoint, with or without login, since a refused login must cost no public data. */
export type ConnectionName = Endpoint | `${Endpoint}+login`;

/** The exchange's reason for a refusal. */
export type Refusal = { readonly code: string; readonly message: string };

/** See the module comment. */
export type SessionEvent =
  | { readonly kind: "up"; readonly endpoint: ConnectionName; readonly at: number }
  /** `wanted`: something is still to be received here, so the connection is missed. */
  | {
    readonly kind: "down";
    readonly endpoint: ConnectionName;
    readonly at: number;
    readonly reason: string;
    readonly wanted: boolean;
  }
  /** Nothing is wanted here any more; a lost connection is not missed. */
  | { readonly kind: "idle"; readonly endpoint: ConnectionName; readonly at: number }
  | {
    readonly kind: "rows";
    readonly topics: readonly Topic[];
    readonly frame: DataFrame;
    readonly at: number;
  }
  | { readonly kind: "notice"; readonly event: Row; readonly at: number }
  | {
    readonly kind: "subscription";
    readonly topic: Topic;
    readonly state: SubscriptionState;
    readonly refusal: Refusal | undefined;
    readonly at: number;
  }
  | { readonly kind: "opened"; readonly at: number }
  | { readonly kind: "closed"; readonly at: number };

/**
 * The vocabulary between connections and the store: data and lifecycle in one ordered stream, so that a status can
 * never overtake the rows it is about. Times are Unix milliseconds of this machine's clock.
 */
import type { BookSide } from "../okx/book_side.ts";
import type { DataFrame, Row } from "../okx/frame.ts";
import type { Endpoint } from "../okx/channels.ts";
import type { Topic } from "../okx/topic.ts";

/**
 * What is known of one path. `wanted`: not sent yet; `sent`: no answer yet; `live`: confirmed; `refused`: the
 * exchange said no; `stale`: was live, the connection is lost; `syncing`: an order book lost its sequence and is built
 * again; `gone`: no longer desired.
 */
export type SubscriptionState = "wanted" | "sent" | "live" | "refused" | "stale" | "syncing" | "gone";

/**
 * The connections of a server that are alike: to one endpoint, with or without login, since a refused login must cost no
 * public data; or to the one socket of a v3 server.
 */
export type ConnectionGroup = Endpoint | `${Endpoint}+login`;

/** One connection of a group: the first has the group's name, the others a number, e.g. `public#2`. */
export type ConnectionName = ConnectionGroup | `${ConnectionGroup}#${number}`;

/** Returns the group whose connections can serve a topic. */
export function groupOf(topic: Topic): ConnectionGroup {
  const { endpoint, login, sharesSocket } = topic;
  return login && !sharesSocket ? `${endpoint}+login` : endpoint;
}

/** Who desires a path: the configuration file, or a command. */
export type Owner = "file" | "command";

/** By which connection a path is served, for whom, and which request for it this is. */
export type Holding = {
  readonly connection: ConnectionName;
  readonly owners: readonly Owner[];
  readonly generation: number;
};

/** Why nothing comes: what the exchange said, or the network, or Redis, or what okws itself knows of it. */
export type ExchangeRejection = {
  readonly code: string;
  readonly message: string;
  /** When it is tried again, in Unix milliseconds; left out where that is not known, or it is being tried. */
  readonly nextAt?: number;
};

/** A book as it is now. Its sides change with the next push: a sink that keeps them copies them. */
export type BookView = {
  readonly bids: BookSide;
  readonly asks: BookSide;
  readonly ts: string;
  readonly seqId: string;
  /** `syncing`: its levels must not be used until it is built again. */
  readonly state: "live" | "syncing";
};

/**
 * A gap that is not settled, as `P/gaps/open` has it. Ranges are of ids of trades, or opening times of bars in Unix
 * milliseconds; null: without end, or not known.
 */
export type OpenGap = {
  readonly from: number;
  /** When something came after it; null: it goes on. */
  readonly to: number | null;
  readonly ranges: readonly (readonly [first: number, last: number | null])[] | null;
  /** How many rows are missing; null: that cannot be known yet. */
  readonly missing: number | null;
  /** Rows fetched so far. */
  readonly rows: number;
  /** Rows that are older than the newest that are kept of the series, so that they were left out. */
  readonly left?: number;
};

/** What happens on a connection or to a server. `kind` distinguishes them; `at` is when, in Unix milliseconds. */
export type SessionEvent =
  | { readonly kind: "up"; readonly connection: ConnectionName; readonly at: number }
  /** `desired`: something is still to be received here, so the connection is missed. */
  | {
    readonly kind: "down";
    readonly connection: ConnectionName;
    readonly at: number;
    readonly reason: string;
    readonly desired: boolean;
  }
  /** Nothing is desired here any more; a lost connection is not missed. */
  | { readonly kind: "idle"; readonly connection: ConnectionName; readonly at: number }
  | {
    readonly kind: "rows";
    readonly topics: readonly Topic[];
    readonly frame: DataFrame;
    readonly at: number;
    /** Of rows that were backfilled: how many newer ones had come before. */
    readonly newer?: number;
  }
  /** Rows that a series had before it was subscribed, oldest first: they are kept, and news to nobody. */
  | { readonly kind: "history"; readonly topic: Topic; readonly frame: DataFrame; readonly at: number }
  /** An order book after a push (`frame` has its rows), or one whose state has changed without one. */
  | {
    readonly kind: "book";
    readonly topics: readonly Topic[];
    readonly frame: DataFrame | undefined;
    readonly book: BookView;
    readonly at: number;
  }
  /** A small order book whose newest push could not be read: what is kept of it is that of before. */
  | { readonly kind: "unreadable"; readonly topics: readonly Topic[]; readonly at: number }
  /**
   * A series missed something between two times; `outcome` says whether it was fetched since, `missing` how many rows
   * nobody has (undefined: that cannot be known).
   */
  | {
    readonly kind: "gap";
    readonly topic: Topic;
    readonly from: number;
    readonly to: number;
    readonly outcome: "filled" | "partly" | "not";
    readonly rows: number;
    readonly missing: number | undefined;
    readonly at: number;
  }
  /** What a series misses that is not settled, all of it; an empty list: nothing any more. */
  | { readonly kind: "gaps"; readonly topic: Topic; readonly open: readonly OpenGap[]; readonly at: number }
  | { readonly kind: "notice"; readonly event: Row; readonly at: number }
  | {
    readonly kind: "subscription";
    readonly topic: Topic;
    readonly state: SubscriptionState;
    readonly refusal: ExchangeRejection | undefined;
    /** The state is that of before, only its reason is another. */
    readonly again?: boolean;
    readonly at: number;
    /** Added by the server, which alone knows. */
    readonly holding?: Holding;
  }
  | { readonly kind: "opened"; readonly at: number }
  /** `forGood`: the server is no longer desired; otherwise the service stops. */
  | { readonly kind: "closed"; readonly at: number; readonly forGood?: boolean };

/** Where events go, in the order in which they happen: those of a connection, or those of a server by its name. */
export type EventSink<Source> = { onEvent(source: Source, event: SessionEvent): void };

/**
 * The requests of one connection: within what the exchange takes in an hour, gathered where they come in quick
 * succession, and with a reserve that is kept for what has to be asked for again.
 */
import { roomLogger } from "../../logging/log.ts";
import type { Codec } from "../../okx/codec.ts";
import { type Budget, createBudget } from "../../shared/async/budget.ts";
import type { Change, Subscriptions } from "../subscriptions/subscriptions.ts";

/** What a sender needs of its connection. */
export type RequestSenderOptions = {
  readonly url: string;
  readonly codec: Codec;
  readonly subscriptions: Subscriptions;
  /** OKX v5, "Connect": 480 an hour. */
  readonly requestsPerHour: number;
  readonly send: (text: string) => void;
  readonly emitChanges: (changes: readonly Change[]) => void;
  /** Called with the upstream subscriptions that would have to wait for the hourly budget. */
  readonly onCrowded: (keys: readonly string[]) => void;
};

const HOUR_MS = 3_600_000;

/** One in so many of the hourly requests is kept for what has to be asked for again. */
const RESERVED = 5;

/** Requests for what is newly desired that go at once within so many milliseconds; after that they are gathered. */
const FLURRY = 10;
const FLURRY_MS = 2000;

const log = roomLogger("session");

/** One for each connection, since the exchange counts by connection. */
export class RequestSender {
  readonly #options: RequestSenderOptions;
  readonly #budget: Budget;
  readonly #reserve: number;
  readonly #flurry = createBudget(FLURRY, FLURRY_MS);
  #hasWarned = false;

  constructor(options: RequestSenderOptions) {
    this.#options = options;
    this.#budget = createBudget(options.requestsPerHour, HOUR_MS);
    this.#reserve = Math.floor(options.requestsPerHour / RESERVED);
  }

  /** Whether what somebody begins to desire now would have to wait for the hourly budget. */
  get crowded(): boolean {
    return this.#budget.room(performance.now()) <= this.#reserve;
  }

  /** Sends a login, which counts as a request. */
  sendLogin(text: string): void {
    this.#budget.spend(1, performance.now());
    this.#options.send(text);
  }

  /** Sends what is due. A full socket or a closed one is found by the heartbeat. */
  sendDue(): void {
    const { codec, subscriptions, send, emitChanges, onCrowded } = this.#options;
    const now = performance.now();
    const room = this.#budget.room(now);
    const spare = room - this.#reserve;
    const desireRoom = Math.min(spare, this.#flurry.room(now));
    if (room > 0) {
      const limits = { chunk: codec.chunk, room, desireRoom };
      const { requests, changes, desired } = subscriptions.due(now, limits);
      for (const { op, args, id } of requests) send(codec.encodeRequest(op, args, id));
      this.#budget.spend(requests.length, now);
      this.#flurry.spend(desired, now);
      emitChanges(changes);
    }
    if (spare > 0) return;
    this.#warn();
    const waiting = subscriptions.waiting(now);
    if (waiting.length > 0) onCrowded(waiting);
  }

  /** What is still desired waits, and says so by its state; one line a connection is enough. */
  #warn(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const { url, requestsPerHour } = this.#options;
    log.warn("The hourly number of requests of a connection is used up but for a reserve", {
      url,
      requestsPerHour,
    });
  }
}

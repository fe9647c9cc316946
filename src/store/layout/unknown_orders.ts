/**
 * Orders of v3 that were open when their connection was lost: nobody can be asked what became of them, since the REST of v3
 * is gone, so their state is unknown until something is received of them again. The same of every legacy order whose path is not desired
 * any more.
 */
import type { Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import { unknownOrder } from "./retire.ts";

type Lost = { readonly key: string; readonly row: Row; readonly said: Row };

/** The open orders whose state is not known any more. */
export class UnknownOrders {
  readonly #open = new Map<string, Map<string, Row>>();

  /** Notes that a row of an order was written. */
  note(topic: Topic, key: string, row: Row): void {
    const life = topic.lifecycle;
    if (life === undefined) return;
    const open = this.#open.get(topic.path) ?? new Map<string, Row>();
    this.#open.set(topic.path, open);
    const isOver = topic.asSent ? life.isOver(row) : topic.keptOrders?.isOpen(row) !== true;
    if (isOver) open.delete(key);
    else if (open.has(key) || open.size < MAX_ROWS) open.set(key, row);
  }

  /** Marks a path of which nothing is received any more. Returns what is to be written of each order that was open. */
  lose(topic: Topic): readonly Lost[] {
    return topic.hasRest ? [] : this.close(topic);
  }

  /** Closes a path that is no longer desired. Returns the same. */
  close(topic: Topic): readonly Lost[] {
    const life = topic.lifecycle;
    const open = this.#open.get(topic.path);
    if (open === undefined || life === undefined) return [];
    this.#open.delete(topic.path);
    return [...open].map(([key, row]) => {
      const said = unknownOrder(life, row);
      return { key, row: said, said: { ...row, ...said } };
    });
  }
}

const MAX_ROWS = 50_000;

/**
 * Orders of v3 that were open when their connection was lost: nobody can be asked what became of them, since the REST of v3
 * is gone, so their state is unknown until they are heard of again.
 */
import type { Row } from "../okx/frame.ts";
import { type Life, lifeOf, UNKNOWN } from "../okx/lives.ts";
import type { Topic } from "../okx/topic.ts";

/** See the module comment. */
export class Unheard {
  readonly #open = new Map<string, Map<string, Row>>();

  /** A row of an order was written. */
  note(topic: Topic, key: string, row: Row): void {
    const life = topic.endpoint === "v3" ? lifeOf(topic) : undefined;
    if (life === undefined) return;
    const open = this.#open.get(topic.path) ?? new Map<string, Row>();
    this.#open.set(topic.path, open);
    if (life.isOver(row)) open.delete(key);
    else if (open.has(key) || open.size < MAX_ROWS) open.set(key, row);
  }

  /** Nothing is heard of a path any more. Returns what is to be written of each order that was open. */
  lose(topic: Topic): readonly { readonly key: string; readonly row: Row; readonly said: Row }[] {
    const life = lifeOf(topic);
    const open = this.#open.get(topic.path);
    if (open === undefined || life === undefined) return [];
    this.#open.delete(topic.path);
    return [...open].map(([key, row]) => {
      const said = unknownOf(life, row);
      return { key, row: said, said: { ...row, ...said } };
    });
  }

  /** A path is no longer wanted. */
  forget(path: string): void {
    this.#open.delete(path);
  }
}

const MAX_ROWS = 50_000;

/** Orders of spot say their state twice. */
function unknownOf({ id }: Life, row: Row): Row {
  const names = id === "algo_id" ? ["status"] : ["state", "status"];
  return Object.fromEntries(names.filter((name) => row[name] !== undefined).map((name) => [name, UNKNOWN]));
}

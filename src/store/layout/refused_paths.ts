/** Which subscriptions suffer from what Redis refuses to write, in words for readers of `P/subs` and of the pages. */
import type { ExchangeRejection } from "../../model/events.ts";
import { message } from "../../shared/messages/message.ts";
import type { Projector } from "./projector.ts";
import { refusalOf } from "../../shared/redis_errors.ts";
import { keyOf, type RefusedWrite } from "../write/refused_writes.ts";

/** By server. */
type Projectors = readonly (readonly [server: string, projector: Projector])[];

/** The paths whose writes Redis refuses, with the reason. */
export type RefusedPaths = {
  /** What is refused now, instead of what was. */
  set(refused: readonly RefusedWrite[], projectors: Projectors): void;
  /** By path of a server. */
  of(server: string): ReadonlyMap<string, ExchangeRejection>;
  /** What concerns no path but what is said of a whole server. */
  others(): string[];
  /** Returns whether anything that is desired now is kept under a key. */
  isOfUse(key: string, projectors: Projectors): boolean;
};

/** Lines about whole servers. */
const MAX_OTHERS = 5;

/** Creates a record of refused paths, empty at first. */
export function createRefusedPaths(): RefusedPaths {
  const paths = new Map<string, Map<string, ExchangeRejection>>();
  let others: string[] = [];
  return {
    set(refused, projectors) {
      paths.clear();
      others = [];
      for (const { write, reason } of refused) {
        const key = keyOf(write);
        const fault = faultOf(key, reason);
        for (const [server, projector] of projectors) {
          if (!projector.isOwn(key)) continue;
          const owners = projector.ownersOf(key);
          const known = paths.get(server) ?? new Map<string, ExchangeRejection>();
          paths.set(server, known);
          for (const path of owners) if (!known.has(path)) known.set(path, fault);
          if (owners.length === 0 && projector.isProjected(key) && others.length < MAX_OTHERS) {
            others.push(`${server}: ${fault.message}`);
          }
        }
      }
    },
    of: (server) => paths.get(server) ?? NOTHING,
    others: () => others,
    isOfUse(key, projectors) {
      return projectors.some(([, projector]) =>
        projector.isOwn(key) && (projector.isProjected(key) || projector.ownersOf(key).length > 0)
      );
    },
  };
}

const NOTHING: ReadonlyMap<string, ExchangeRejection> = new Map();

/** Of Redis' own text the first word alone: what is known of that word says more. */
function faultOf(key: string, reason: string): ExchangeRejection {
  const word = reason.split(" ", 1)[0] as string;
  const known = refusalOf(reason);
  const code = known === undefined ? "ERR" : word;
  const remedy = known === undefined ? message("redis.see_log").english : known.remedy.english;
  return { code, message: message("reason.redis_refuses", { key, code, reason: remedy }).english };
}

/** What a REST call is and what it is answered with. */
import type { Query } from "./query.ts";

/** A call of the public or private REST. */
export type Call = {
  /** Calls in `windowMs` (2 s unless given), for each client and value of `per`. */
  readonly limit: number;
  readonly windowMs?: number;
  readonly per?: string;
  readonly answer: (query: Query) => readonly unknown[];
};

export type RestAnswer = {
  readonly status: number;
  readonly body: { readonly code: string; readonly msg: string; readonly data: readonly unknown[] };
};

/** What a check has to say: a thing that is not as promised, at one moment. */

export type Finding = {
  /** The same text for the same thing at different moments, so that it can be seen to stay. */
  what: string;
  evidence: string;
  /** For how long it has to stay before it counts; 0 where the evidence needs no time. */
  patienceMs: number;
};

/** Longer than the second that the reference gives, because the machine has other things to do. */
export const PATIENCE_MS = 4000;

/** Within this time a row has to be in Redis: what the reference calls at once, and the invariants one second. */
export const ROW_MS = 1000;

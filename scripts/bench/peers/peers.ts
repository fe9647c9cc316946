/** Other libraries at the same work: programs of our own around them, started where they are installed. */

/** One that can be measured. */
export type Peer = {
  readonly name: string;
  /** Its own, and that of what it runs on. */
  readonly version: string;
  /** The command without its arguments: exchange, port of Redis, work, number of instruments, and REST where it asks. */
  readonly command: readonly string[];
  readonly needsRest: boolean;
};

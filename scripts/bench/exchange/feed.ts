/** One subscription at the stand-in exchange. */
export type Feed = {
  /** Frames that come first, such as a snapshot. */
  readonly first: readonly Uint8Array[];
  /** The next push. Its bytes are valid until the next call. */
  next(micros: number): Uint8Array;
};

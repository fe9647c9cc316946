/** A row of a series that can be fetched again by its name. */
export type NamedRow = {
  /** The id of a trade, or when a bar opened in Unix milliseconds. */
  readonly name: string;
  /** Unix milliseconds by the exchange's clock; NaN: it says none. */
  readonly time: number;
};

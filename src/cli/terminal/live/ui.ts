/**
 * What a person has chosen in a live view: the table, the row, where it is scrolled to, what is filtered for, how it is sorted,
 * which columns are shown, and what lies over it. Pure.
 */

/** What can be unsubscribed. */
export type UnsubscribeTarget = { readonly server: string; readonly path: string };

/** What lies over the tables: the help, a row in full, the columns, a question. */
export type Overlay =
  | { readonly kind: "help"; readonly top: number }
  | { readonly kind: "detail"; readonly key: string; readonly top: number }
  /** `at`: the column that the next key is about. */
  | { readonly kind: "columns"; readonly at: number }
  | { readonly kind: "confirm"; readonly target: UnsubscribeTarget };

/** The choices. */
export type Ui = {
  /** First line of the body that is shown. */
  readonly top: number;
  /** Rows without this text are left out; empty: none is. */
  readonly filter: string;
  /** Whether keys are typed into the filter. */
  readonly typing: boolean;
  /** Column that rows are sorted by; -1: as they come. */
  readonly sort: number;
  readonly reversed: boolean;
  /** Which of the tabs is shown. */
  readonly tab: number;
  /** The chosen row; it stays chosen wherever it moves to. Undefined: none is. */
  readonly cursor: string | undefined;
  /** Titles of the columns that are shown from the start, in lower case; undefined: all. */
  readonly only: ReadonlySet<string> | undefined;
  /** Columns that are not as they were at the start. */
  readonly toggled: ReadonlySet<string>;
  readonly overlay: Overlay | undefined;
  /** What is to be unsubscribed now. */
  readonly request: UnsubscribeTarget | undefined;
  /** Why the last key did nothing. */
  readonly hint: "live.no_row_chosen" | "live.row_without_path" | undefined;
};

/** What the last frame had, which limits what a key can do. */
export type Extent = {
  /** Lines of the body that fit, and lines that there are. */
  readonly page: number;
  readonly total: number;
  /** Columns that can be sorted by, and those of them that are not shown. */
  readonly columns: number;
  readonly hidden?: ReadonlySet<number>;
  /** The row of each line of the body; undefined: the line is none. */
  readonly keys?: readonly (string | undefined)[];
  readonly tabs?: number;
  /** Whether a tab of all tables comes before those of one. */
  readonly hasAll?: boolean;
  /** Columns that can be shown or not. */
  readonly choices?: readonly string[];
  /** How far what lies over the tables can be scrolled. */
  readonly panel?: number;
  /** Whether a row can be shown in full. */
  readonly hasDetail?: boolean;
  /** What unsubscribing a row would end; undefined: it cannot be. */
  readonly targetOf?: (key: string) => UnsubscribeTarget | undefined;
};

/** Nothing chosen. */
export const FIRST_UI: Ui = {
  ...{ top: 0, filter: "", typing: false, sort: -1, reversed: false, tab: 0 },
  ...{ cursor: undefined, only: undefined, toggled: new Set<string>() },
  ...{ overlay: undefined, request: undefined, hint: undefined },
};

/** Returns the first line that is shown where line `at` is seen. */
export function reveal(top: number, at: number, page: number): number {
  return at < top ? at : Math.max(top, at - Math.max(1, page) + 1);
}

/// <reference lib="dom" />
/** The two tabs beside the book: trades, and the row of the chosen path. */
import { find, setAttribute } from "./dom.ts";

/** What others may do with the tabs. */
export type RowTabs = {
  /** Whether the row is shown, and not the trades. */
  isRow(): boolean;
  show(isRow: boolean): void;
};

/** Starts the tabs; `onToggle` is to show the other one. */
export function startRowTabs(onToggle: () => void): RowTabs {
  let rowShown = false;
  const [tabTrades, tabRow] = [find("tab-trades"), find("tab-row")];
  tabTrades.addEventListener("click", () => rowShown && onToggle());
  tabRow.addEventListener("click", () => rowShown || onToggle());
  for (const tab of [tabTrades, tabRow]) {
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      onToggle();
      (rowShown ? tabRow : tabTrades).focus();
    });
  }
  return {
    isRow: () => rowShown,
    show(isRow) {
      rowShown = isRow;
      for (const [tab, on] of [[tabTrades, !isRow], [tabRow, isRow]] as const) {
        setAttribute(tab, "aria-selected", String(on));
        setAttribute(tab, "tabindex", on ? "0" : "-1");
      }
      find("trades-pane").hidden = isRow;
      find("row-pane").hidden = !isRow;
    },
  };
}

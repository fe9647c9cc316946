/** Whether the cells of a candle say anything: OKX v5 documentation, "Candlesticks channel": time, open, high, low, close, … */
import { isDecimal } from "./decimal.ts";
import { scalarOrEmpty, scalarText } from "./exact_json.ts";

/** Where the prices stand, whatever the family of the candle and whatever follows them. */
const PRICES = [1, 2, 3, 4];

/**
 * Returns whether all four prices of a bar are numbers, and the volumes that it has. A bar without them is none, however
 * final it calls itself.
 */
export function hasPrices(cells: readonly unknown[]): boolean {
  if (!PRICES.every((index) => isDecimal(scalarOrEmpty(cells[index])))) return false;
  // The last cell says whether it is final.
  for (let index = PRICES.length + 1; index < cells.length - 1; index++) {
    const text = scalarText(cells[index]);
    if (text === undefined || (text !== "" && !isDecimal(text))) return false;
  }
  return true;
}

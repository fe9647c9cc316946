/** Whether the cells of a candle say anything: OKX v5 documentation, "Candlesticks channel": time, open, high, low, close, … */
import { isDecimal } from "./decimal.ts";
import { scalarText } from "./exact_json.ts";

/** Where the prices stand, whatever the family of the candle and whatever follows them. */
const PRICES = [1, 2, 3, 4];

/**
 * Whether all four prices of a bar are numbers, and the volumes that it has. A bar without them is none, however final it
 * calls itself.
 */
export function hasPrices(cells: readonly unknown[]): boolean {
  if (!PRICES.every((place) => isDecimal(scalarText(cells[place]) ?? ""))) return false;
  // The last cell says whether it is final.
  for (let place = PRICES.length + 1; place < cells.length - 1; place++) {
    const text = scalarText(cells[place]);
    if (text === undefined || (text !== "" && !isDecimal(text))) return false;
  }
  return true;
}

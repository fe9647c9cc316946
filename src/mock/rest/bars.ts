/** Which bars each REST call has, from the parameter table of its page in the official documentation. */

const SHORT = "1m 3m 5m 15m 30m 1H 2H 4H";

/** Trade candles and spread candles: no 5D anywhere, and `1s` in the history alone. */
export const CANDLE_BARS = bars(`${SHORT} 6H 12H 1D 2D 3D 1W 1M 3M`);
export const HISTORY_CANDLE_BARS = ["1s", ...CANDLE_BARS];

/** Index and mark price. */
export const PRICE_CANDLE_BARS = bars(`${SHORT} 6H 12H 1D 1W 1M 3M`);
export const HISTORY_PRICE_CANDLE_BARS = PRICE_CANDLE_BARS.filter((name) => !name.startsWith("3M"));

/** Each long bar exists twice, from midnight in UTC+8 and in UTC. */
function bars(names: string): string[] {
  const all = names.split(" ");
  return [...all, ...all.slice(SHORT.split(" ").length).map((name) => `${name}utc`)];
}

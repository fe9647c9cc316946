/** A line of the last values in a few characters. */

const BARS = "▁▂▃▄▅▆▇█";

/**
 * Returns the newest values that fit, each as a bar between the lowest and the highest of them; all equal: all in the
 * middle.
 */
export function renderSpark(values: readonly number[], columns: number): string {
  const shown = values.filter(Number.isFinite).slice(-columns);
  const low = Math.min(...shown);
  const high = Math.max(...shown);
  return shown.map((value) => {
    const share = high === low ? 0.5 : (value - low) / (high - low);
    return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))];
  }).join("");
}

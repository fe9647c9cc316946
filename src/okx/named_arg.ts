/** What an error of the exchange is about, by its text: errors name no argument but in words. */
import type { Arg } from "./frame.ts";
import { formatPathV3 } from "./v3/path.ts";

/**
 * Returns whether an error text names an argument: its channel and every other member (`channel:tickers,instId:X doesn't
 * exist`), or in v3 its path (`Channel spot/trade:X doesn't exist`).
 */
export function isNamed(arg: Arg, message: string): boolean {
  if (arg.channel.includes("/")) {
    return hasWord(message, formatPathV3(arg));
  }
  return Object.entries(arg).every(([name, value]) => hasWord(message, `${name}:${value}`));
}

/** `channel:books` must not be found in `channel:books5`. */
function hasWord(message: string, word: string): boolean {
  const at = message.indexOf(word);
  return at >= 0 && !/[A-Za-z0-9_-]/.test(message.charAt(at + word.length));
}

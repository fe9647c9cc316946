/** Paths that a person may mean while typing one. Pure. */
import { channelNames, findChannel } from "../src/okx/channels.ts";

/** What there is to choose from. */
export type Known = {
  /** Instruments that are known, those of interest first. */
  readonly instruments: readonly string[];
  /** Paths that are subscribed already. */
  readonly subscribed: ReadonlySet<string>;
};

/** Longest list that a person looks through. */
const MAX_SHOWN = 30;

/** What is meant first by the name of an instrument alone. */
const COMMON = ["tickers", "candle1m", "books", "trades"] as const;

/** What stands behind a channel of a whole product. */
const PRODUCTS = ["SPOT", "SWAP", "FUTURES", "OPTION", "MARGIN"] as const;

const NAMES = channelNames();

/** The nearest paths, the best first. */
export function suggestPaths(typed: string, { instruments, subscribed }: Known): string[] {
  const words = typed.trim();
  const at = words.indexOf(":");
  const found = at < 0
    ? [...ofChannels(words, instruments), ...ofInstruments(words, instruments)]
    : ofChannel(words.slice(0, at), words.slice(at + 1), instruments);
  return [...new Set(found)].filter((path) => !subscribed.has(path) && path !== words).slice(0, MAX_SHOWN);
}

/** Channels whose name has the word, each with the first instrument that fits. */
function ofChannels(word: string, instruments: readonly string[]): string[] {
  if (word === "") return [];
  return nearest(word, NAMES).slice(0, MAX_SHOWN / 2).map((name) => {
    const subject = subjectsOf(name, instruments)[0];
    return subject === undefined ? name : `${name}:${subject}`;
  });
}

function ofInstruments(word: string, instruments: readonly string[]): string[] {
  return nearest(word, instruments).slice(0, MAX_SHOWN / 2).flatMap((name) =>
    COMMON.map((channel) => `${channel}:${name}`)
  );
}

function ofChannel(channel: string, word: string, instruments: readonly string[]): string[] {
  const name = NAMES.find((each) => each.toLowerCase() === channel.toLowerCase()) ?? channel;
  return nearest(word, subjectsOf(name, instruments)).map((subject) => `${name}:${subject}`);
}

/** What may stand behind a channel. */
function subjectsOf(channel: string, instruments: readonly string[]): readonly string[] {
  const first = findChannel(channel)?.args[0];
  if (first === "instType") return PRODUCTS;
  return first === undefined || first.endsWith("?") || first === "algoId" ? [] : instruments;
}

/** Those that begin with a word, then those that have it, in their order. */
function nearest(word: string, names: readonly string[]): string[] {
  const wanted = word.toLowerCase();
  const has = names.filter((name) => name.toLowerCase().includes(wanted));
  const begins = (name: string) => name.toLowerCase().startsWith(wanted);
  return [...has.filter(begins), ...has.filter((name) => !begins(name))];
}

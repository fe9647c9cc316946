/**
 * Lists of instruments: since 2022-12-28 the `instruments` channel sends changes only, so the full list is fetched when a
 * subscription begins and kept by the pushes. Options are listed by family alone and event contracts by series; which of
 * these there are is asked for first (OKX v5 documentation, "Get instruments").
 */
import { retry } from "../../shared/async/retry.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { ExchangeError } from "../../shared/errors.ts";
import type { ExchangeRejection } from "../../model/events.ts";
import { roomLogger } from "../../logging/log.ts";
import type { Row } from "../../okx/frame.ts";
import { filterOfPath } from "../../okx/path_text.ts";
import type { Topic } from "../../okx/topic.ts";
import { fetchList, hasScalars, type ListFetch, type RowTest } from "./list_rows.ts";
import { message } from "../../shared/messages/message.ts";

/** How the exchange is called, and what is called when a list cannot be had yet. */
export type InstrumentListOptions = ListFetch & {
  readonly turn: () => Promise<void>;
  readonly onTrouble: (refusal: ExchangeRejection) => void;
};

const RETRY = { baseMs: 1000, capMs: 60_000 };

/** The exchange's words for a family or series without instruments (OKX v5, "REST error codes"). */
const NOTHING_THERE = ["51000", "51001", "51014", "51015"];

const log = roomLogger("session");

/** Fetches all that the topics of one subscription list until everything is there; nothing when the signal is aborted. */
export async function fetchInstruments(
  topics: readonly Topic[],
  options: InstrumentListOptions,
): Promise<Row[]> {
  const [topic] = topics as readonly [Topic];
  const parts = await untilThere(topic, () => partsOf(topics, options), options);
  // One part that cannot be had holds up the whole, and costs the others no second call.
  const lists = await Promise.all(parts.map((query) => {
    const isPart = parts.length > 1;
    return untilThere(topic, () => listOf(query, isPart, options), options);
  }));
  return lists.flat();
}

/** The calls that together are the list of all topics of a subscription. */
async function partsOf(
  topics: readonly Topic[],
  options: InstrumentListOptions,
): Promise<Record<string, string>[]> {
  const { instType = "", seriesId } = (topics[0] as Topic).arg;
  const families = new Set<string | undefined>(
    topics.map(({ arg, asSent, path }) => arg.instFamily ?? (asSent ? undefined : filterOfPath(path))),
  );
  if (!families.has(undefined)) {
    return [...families].map((family = "") => ({ instType, instFamily: family }));
  }
  if (seriesId !== undefined) return [{ instType, seriesId }];
  if (instType === "OPTION") {
    // The documentation shows a flat list, older answers had one list inside another.
    const found = await callRest<unknown[]>("/public/underlying", { instType }, isNames, options);
    const families = found.flat(2) as string[];
    if (families.length === 0) {
      throw new ExchangeError("empty", message("discovery.no_underlying"));
    }
    return families.map((each) => ({ instType, instFamily: each }));
  }
  if (instType === "EVENTS") {
    return (await seriesOf(options)).map((seriesId) => ({ instType, seriesId }));
  }
  return [{ instType }];
}

/** Returns the series of event contracts. */
export async function seriesOf(options: InstrumentListOptions): Promise<string[]> {
  const isSeries: RowTest = (row) => hasScalars(row, ["seriesId"]);
  const found = await callRest("/public/event-contract/series", {}, isSeries, options);
  const series = found.map(({ seriesId }) => String(seriesId));
  if (series.length === 0) {
    throw new ExchangeError("empty", message("discovery.no_series"));
  }
  return series;
}

/** An empty list is believed when it is said twice. */
async function listOf(
  query: Record<string, string>,
  isPart: boolean,
  options: InstrumentListOptions,
): Promise<Row[]> {
  try {
    const rows = await callRest("/public/instruments", query, isInstrument, options);
    if (rows.length > 0 || isPart) return rows;
    await sleep(RETRY.baseMs, options.signal);
    return await callRest("/public/instruments", query, isInstrument, options);
  } catch (error) {
    if (isPart && error instanceof ExchangeError && NOTHING_THERE.includes(error.code)) return [];
    throw error;
  }
}

/** Calls the exchange's REST once, in its turn; returns the rows, all of which pass the test. */
export async function callRest<T = Row>(
  path: string,
  query: Readonly<Record<string, string>>,
  isReadable: RowTest,
  options: InstrumentListOptions,
): Promise<T[]> {
  await options.turn();
  options.signal.throwIfAborted();
  return await fetchList<T>(path, query, isReadable, options);
}

/** Returns whether a row of a list of instruments can be read. */
export function isInstrument(row: unknown): boolean {
  return hasScalars(row, ["instId"]);
}

/** A name, or a list of names. */
function isNames(row: unknown): boolean {
  return Array.isArray(row) ? row.every(isNames) : typeof row === "string" && row !== "";
}

/** Fetches again and again until it succeeds; returns nothing when the signal is aborted. */
export async function untilThere<T>(
  topic: Topic,
  fetchAll: () => Promise<T[]>,
  options: InstrumentListOptions,
): Promise<T[]> {
  const { signal, onTrouble } = options;
  const onFailure = (error: unknown, attempt: number) => {
    const reason = error instanceof Error ? error.message : String(error);
    if (attempt === 0) {
      log.warn("Cannot fetch the list of instruments yet, trying on", { path: topic.path, reason });
    }
    onTrouble({ code: error instanceof ExchangeError ? error.code : "", message: reason });
  };
  return await retry(fetchAll, { ...RETRY, signal, onFailure }) ?? [];
}

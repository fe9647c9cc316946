/** What is reported to users of gaps: which are open, what became of one, and rows that were fetched for one. */
import type { OpenGap, SessionEvent } from "../../model/events.ts";
import type { DataFrame } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import { BarSeries } from "./bar_series.ts";
import { concerns, type Gap, type GapRecord, isUnseen, missingCount, openGap } from "./gap.ts";
import type { Series } from "./series.ts";
import type { BackfilledRows } from "./series_backfill.ts";
import type { MissedRows } from "./series_paths.ts";

/** Emits events about gaps. */
export class GapReports {
  readonly #emit: (event: SessionEvent) => void;
  readonly #clock: () => number;

  /** `clock`: Unix milliseconds as the exchange counts them. */
  constructor(emit: (event: SessionEvent) => void, clock: () => number) {
    this.#emit = emit;
    this.#clock = clock;
  }

  /** Reports the gaps that each path of a series has now. */
  openGaps({ topics, numbers, gaps }: Series): void {
    const nameOf = (number: number) => numbers instanceof BarSeries ? numbers.nameOf(number) : number;
    const at = Date.now();
    for (const topic of topics.values()) {
      const own = gaps.filter((gap) => concerns(gap, topic.path));
      this.#emit({ kind: "gaps", topic, open: own.map((gap) => openGap(gap, nameOf)), at });
    }
  }

  /** Reports that what a path had missed of an earlier process is at hand. */
  bufferedGaps(topic: Topic, open: readonly OpenGap[]): void {
    this.#emit({ kind: "gaps", topic, open, at: Date.now() });
    this.noGaps(topic);
  }

  /** Reports that a path has no gaps any more. */
  noGaps(topic: Topic): void {
    this.#emit({ kind: "gaps", topic, open: [], at: Date.now() });
  }

  /** Reports what became of a gap of a series, for those of these paths that it concerns. */
  resolved(
    { numbers, topics }: Series,
    gap: Gap,
    outcome: GapRecord["outcome"],
    paths: Iterable<Topic> = topics.values(),
  ): void {
    const upTo = numbers instanceof BarSeries ? numbers.lastClosed(this.#clock()) : undefined;
    const at = Date.now();
    const record: GapRecord = {
      from: gap.from,
      to: Math.max(gap.from, gap.to ?? at),
      outcome,
      rows: gap.rows,
      missing: outcome === "filled" ? 0 : missingOrUnknown(gap, missingCount(gap, upTo)),
    };
    for (const topic of paths) {
      if (concerns(gap, topic.path)) this.#emit({ kind: "gap", topic, ...record, at });
    }
  }

  /** Reports what a path has missed up to a time in Unix milliseconds, and nobody can fetch for it. */
  missed(topic: Topic, { from, missing }: MissedRows, to: number): void {
    const record: GapRecord = { from, to, outcome: "not", rows: 0, missing };
    this.#emit({ kind: "gap", topic, ...record, at: Date.now() });
  }

  /** Reports that rows that were missing have been fetched. */
  backfilled({ topics, rows, newer }: BackfilledRows): void {
    const frame: DataFrame = {
      kind: "data",
      arg: (topics[0] as Topic).arg,
      rows,
      action: "backfill",
      text: "",
    };
    this.#emit({ kind: "rows", topics, frame, at: Date.now(), newer });
  }
}

/** Returns how many rows are missing; undefined where none seems to be and REST has not shown it. */
function missingOrUnknown(gap: Gap, count: number | undefined): number | undefined {
  return count === 0 && isUnseen(gap) ? undefined : count;
}

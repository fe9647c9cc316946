/** A server from the exchange to Redis as far as its series go, of which everything is played. */
import assert from "node:assert/strict";
import { Presence } from "../../src/app/presence.ts";
import type { SessionEvent } from "../../src/model/events.ts";
import type { DataFrame } from "../../src/okx/frame.ts";
import type { Topic } from "../../src/okx/topic.ts";
import type { BarSeries } from "../../src/session/recovery/bar_series.ts";
import { GapTracker } from "../../src/session/recovery/gap_tracker.ts";
import { createKeys, type Keys } from "../../src/store/layout/keys.ts";
import { Projector } from "../../src/store/layout/projector.ts";
import { TradeMembers } from "../../src/store/layout/trade_members.ts";
import { readEarlier } from "../../src/store/read/resume_points.ts";
import { RecentEntries } from "../../src/store/write/recent_entries.ts";
import type { Store } from "../../src/store/store.ts";
import type { Write } from "../../src/store/write/write.ts";
import {
  barRow,
  BARS,
  FIRST_ID,
  idOf,
  INDEXES,
  MINUTE_MS,
  nameOf,
  START,
  tradeRow,
  TRADES,
} from "./series_rows.ts";
import type { Step } from "./series_steps.ts";
import { topicOf } from "./topics.ts";

/** The server; each look compares what is reported as lost with nothing, and what was stolen with what was. */
export class Rig {
  readonly #store: Store;
  readonly #keys: Keys;
  readonly #prefix: string;
  #keep: number;
  #projector: Projector;
  #tracker: GapTracker;
  #at = START;
  readonly #trades = [0, 1].map(() => ({
    last: FIRST_ID,
    first: FIRST_ID + 1,
    missed: [] as [id: number, at: number][],
  }));
  readonly #missedBars: number[] = [];
  #bar = START / MINUTE_MS;
  #firstBar = this.#bar + 1;
  /** Rows that were reported as lost, by path. */
  readonly gone = new Map<string, string[]>();

  constructor(store: Store, prefix: string, keep: number) {
    this.#store = store;
    this.#prefix = prefix;
    this.#keep = keep;
    this.#keys = createKeys(prefix, "m");
    [this.#projector, this.#tracker] = this.#begin(new TradeMembers(keep));
    this.#subscribe();
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case "trades":
        return await this.#pushTrades(step.of, step.rows, step.late);
      case "missed":
        return this.#miss(step.of, step.rows);
      case "fetch":
        return await this.#fetch(step.of);
      case "history":
        return await this.#history(step.of);
      case "bars":
        return await this.#pushBars(step.rows);
      case "missedBars":
        return this.#missBars(step.rows);
      case "barHistory":
        return await this.#barHistory();
      case "fetchBars":
        return await this.#fetchBars();
      case "restart":
        return await this.#restart(step.keep);
      case "look":
        assert.deepEqual([await this.look(step.during), ...this.gone], [[]]);
        return assert.deepEqual(
          this.#recent.missing(await this.#store.lastIds(this.#recent.keys())).lost,
          [],
        );
      case "steal":
        return await this.#steal(step);
    }
  }

  /** Looks once, and returns what is gone of streams; before each answer of Redis something comes, as long as there is something. */
  async look(during: readonly Step[]): Promise<string[]> {
    const left = [...during];
    const next = async () => {
      const step = left.shift();
      if (step !== undefined) await this.take(step);
    };
    const store = new Proxy(this.#store, {
      get: (target, name: keyof Store) => {
        const member = target[name];
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          await next();
          return await (member as (...args: unknown[]) => unknown).apply(target, args);
        };
      },
    });
    const presence = new Presence({
      store,
      layout: {
        servers: () => [["m", this.#projector]],
        keysOf: () => this.#keys,
        faultOf: () => undefined,
      },
      named: {
        rows: (_, path) => this.#tracker.named(topicOf(path)),
        onGone: (_, path, names) => void this.gone.set(path, [...this.gone.get(path) ?? [], ...names]),
      },
    });
    const check = presence.begin().get("m");
    assert.ok(check !== undefined);
    await next();
    const records = await presence.compare("m", this.#projector.losses, check);
    return records.flatMap((write) =>
      write.kind === "append" ? [`${String(write.row.path)} ${String(write.row.missing)}`] : []
    );
  }

  /** Somebody takes rows out as a whole (0), out of their index (1), out of the one that is shared (2), or themselves (3). */
  async #steal({ of, what, which }: Step & { readonly kind: "steal" }): Promise<void> {
    if (of === 4) return await this.#stealEntries(which);
    const path = INDEXES[of] as string;
    // A series is compared from its first row on.
    await this.take(of >= 2 ? { kind: "bars", rows: 1 } : { kind: "trades", of, rows: 1, late: 0 });
    const topic = topicOf(path);
    const own = this.#keys.path(path);
    const key = topic.storage === "trades" ? this.#keys.path(topic.table) : own;
    const members = await this.#store.newest(own, 1000);
    const named = new Set(this.#tracker.named(topic)?.map(({ name }) => name));
    const stolen = new Set(
      which.map((i) => members[i % members.length]).filter((each) => each !== undefined),
    );
    const back: Write[] = [];
    for (const member of stolen) {
      const rowKey = this.#keys.indexed(key, member);
      const [row = {}] = await this.#store.rows([rowKey]);
      const at = members.length - members.indexOf(member);
      const score = await this.#store.scoreFromNewest(own, at) ?? 0;
      if (what === 1) back.push({ kind: "score", key: own, score, member });
      if (what === 2) back.push({ kind: "score", key, score: key === own ? score : idOf(member), member });
      if (what === 3) back.push({ kind: "row", key: rowKey, row, whole: true });
    }
    for (const member of stolen) {
      if (what <= 1) await this.#store.apply([{ kind: "unscore", key: own, member }]);
      if (what % 2 === 0) await this.#store.apply([{ kind: "unscore", key, member }]);
      if (what % 3 === 0) await this.#store.remove([this.#keys.indexed(key, member)]);
    }
    assert.deepEqual(await this.look([]), []);
    const names = [...stolen].map(nameOf).filter((name) => named.has(name));
    assert.deepEqual(this.gone.get(path)?.toSorted() ?? [], names.toSorted());
    this.gone.delete(path);
    assert.deepEqual([...this.gone], []);
    // What was taken out as a whole stays away, the rest is there again.
    if (what > 0) return void await this.#store.apply(back);
    this.#tracker.onGone(topic, names, this.#at);
    this.#tracker.resolve(topic.upstream, () => "not");
  }

  /** Somebody takes entries out of a stream. */
  async #stealEntries(which: readonly number[]): Promise<void> {
    const [, topic] = TRADES[0] as [Topic, Topic];
    await this.take({ kind: "trades", of: 0, rows: 1, late: 0 });
    await this.take({ kind: "look", during: [] });
    const key = this.#keys.path(topic.path);
    const entries = await this.#store.identified(key, 1000);
    const ids = new Set(which.map((i) => entries[i % entries.length]?.id ?? ""));
    await this.#store.apply([{ kind: "erase", key, ids: [...ids] }]);
    assert.deepEqual([await this.look([]), ...this.gone], [[`${topic.path} ${ids.size}`]]);
    await this.take({ kind: "trades", of: 0, rows: 1, late: 0 });
  }

  async #pushTrades(of: number, count: number, late: number): Promise<void> {
    const series = this.#trades[of];
    const topics = TRADES[of] as Topic[];
    if (series === undefined) return;
    const rows = Array.from({ length: count }, (_, i) => {
      series.last += 1;
      // Some are of the same millisecond, some of an earlier one than those before them.
      if (i % 3 === 0) this.#at += 1;
      return tradeRow(topics, series.last, this.#at - (i % 4 === 3 ? late : 0));
    });
    await this.#push(topics, rows);
  }

  #miss(of: number, count: number): void {
    const series = this.#trades[of];
    for (let i = 0; i < count; i++) series?.missed.push([++series.last, ++this.#at]);
  }

  async #fetch(of: number): Promise<void> {
    const [topic] = TRADES[of] as [Topic];
    const missed = this.#trades[of]?.missed.splice(0) ?? [];
    const found = missed.map(([number, at]) => ({ number, row: tradeRow([topic], number, at) }));
    this.#tracker.onFetched(topic.upstream, found);
    this.#tracker.resolve(topic.upstream, () => "filled");
    await this.#flush();
  }

  async #history(of: number): Promise<void> {
    const series = this.#trades[of];
    const topics = TRADES[of] as Topic[];
    if (series === undefined || series.first <= FIRST_ID - 20) return;
    const from = FIRST_ID - 20;
    const rows = Array.from(
      { length: series.first - from },
      (_, i) => tradeRow(topics, from + i, START - 20 + i),
    );
    series.first = from;
    for (const topic of topics) await this.#emitHistory(topic, rows);
  }

  async #pushBars(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.#push(BARS, [barRow(this.#bar, "1")]);
      this.#bar += 1;
      await this.#push(BARS, [barRow(this.#bar, "0")]);
    }
  }

  #missBars(count: number): void {
    for (let i = 0; i < count; i++) this.#missedBars.push(this.#bar++);
  }

  async #fetchBars(): Promise<void> {
    const { upstream } = BARS[0];
    const numbers = this.#tracker.openGaps(upstream)?.numbers as BarSeries | undefined;
    const found = this.#missedBars.splice(0).flatMap((bar) => {
      const number = numbers?.numberOf(bar * MINUTE_MS);
      return number === undefined ? [] : [{ number, row: barRow(bar, "1") }];
    });
    this.#tracker.onFetched(upstream, found);
    this.#tracker.resolve(upstream, () => "filled");
    await this.#flush();
  }

  async #barHistory(): Promise<void> {
    const rows = Array.from({ length: 12 }, (_, i) => barRow(this.#firstBar - 12 + i, "1"));
    this.#firstBar -= 12;
    for (const topic of BARS) await this.#emitHistory(topic, rows);
  }

  async #emitHistory(topic: Topic, rows: readonly unknown[]): Promise<void> {
    const frame: DataFrame = {
      ...{ kind: "data", arg: topic.arg, action: "backfill", text: "" },
      rows: rows.slice(-this.#keep),
    };
    this.#emit({ kind: "history", topic, frame, at: this.#at });
    await this.#flush();
  }

  async #push(topics: readonly Topic[], rows: readonly unknown[]): Promise<void> {
    const [topic] = topics as [Topic];
    const frame: DataFrame = { kind: "data", arg: topic.arg, rows, action: undefined, text: "" };
    const fresh = this.#tracker.onRows(topic, frame, this.#at);
    if (fresh !== undefined) this.#emit({ kind: "rows", topics: [...topics], frame: fresh, at: this.#at });
    await this.#flush();
  }

  /** Another process goes on, which may keep more rows, or fewer. */
  async #restart(keep: number): Promise<void> {
    this.#keep = keep;
    const { seen, members: names, backfilled, stored } = await readEarlier(
      this.#store,
      this.#keys,
      this.#topics(),
      { most: keep },
    );
    const members = new TradeMembers(keep);
    for (const { table, path, members: each } of names) {
      members.resumeFrom(this.#keys.path(table), path, each);
    }
    [this.#projector, this.#tracker] = this.#begin(members);
    this.#projector.continueStreams(Date.now());
    for (const { path, entries } of backfilled) this.#projector.resumeBackfilled(path, entries);
    for (const path of stored) this.#projector.resumeSeries(path);
    this.#subscribe(seen);
    await this.#flush();
  }

  #subscribe(seen?: Awaited<ReturnType<typeof readEarlier>>["seen"]): void {
    const at = this.#at;
    for (const topic of this.#topics()) {
      this.#emit({ kind: "subscription", topic, state: "wanted", refusal: undefined, at });
      this.#tracker.want(topic, seen?.get(topic.upstream));
    }
    for (const topic of this.#topics()) {
      this.#tracker.onLive(topic);
      this.#emit({ kind: "subscription", topic, state: "live", refusal: undefined, at });
    }
  }

  #begin(members: TradeMembers): [Projector, GapTracker] {
    const maxRow = this.#keep;
    return [
      new Projector({ keyPrefix: this.#prefix, server: "m", maxRow, members }),
      new GapTracker({
        ...{ maxRow, emit: (event) => this.#emit(event), onGap: () => {} },
        clock: () => Math.max(this.#at, this.#bar * MINUTE_MS),
      }),
    ];
  }

  readonly #writes: Write[] = [];
  /** Remembers no entry, so that each that is not there counts as lost. */
  readonly #recent = new RecentEntries({ keepMs: -1 });

  #emit(event: SessionEvent): void {
    this.#writes.push(...this.#projector.project(event));
  }

  async #flush(): Promise<void> {
    const writes = [...this.#writes.splice(0), ...this.#projector.flush()];
    const { prepended = [] } = await this.#store.apply(writes);
    this.#recent.note(writes, 0);
    for (const { key, rows } of prepended) this.#projector.setPrepended(key, rows);
    this.#writes.push(...this.#projector.acknowledge());
  }

  #topics(): Topic[] {
    return [...TRADES.flat(), ...BARS];
  }
}

/** Compares `P/gaps` with the records that are remembered, and says what is to be added again. */
import type { Projectors } from "./projectors.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import type { Owns } from "../session/shard_placement.ts";
import { MAX_RECORDS, missingRecords, recordsEach } from "../store/layout/gap_records.ts";
import type { Projector } from "../store/layout/projector.ts";
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";

/** What a comparison needs. */
export type RecordPresenceOptions = {
  readonly store: Pick<Store, "identified" | "lengths">;
  readonly layout: Pick<Projectors, "keysOf" | "servers">;
  /** Records of other shards are theirs to remember; undefined: there are none. */
  readonly owns?: Owns | undefined;
};

/** Entries read in one look at streams that are no shorter than before; of more each has its turn. */
const MAX_ENTRIES = 2000;

/** Entries that others may have added among the newest. */
const OTHERS = 20;

/** Entries looked through where some seem to be gone. */
const MOST = 20_000;

const warn = sparseWarning(roomLogger("service"));

/** Looks whether the records of gaps are still in Redis. */
export class RecordPresence {
  readonly #options: RecordPresenceOptions;
  /** Entries of each stream when it was looked at last; none: what an earlier process left there is not read yet. */
  readonly #lengths = new WeakMap<Projector, number>();
  #turn = 0;

  constructor(options: RecordPresenceOptions) {
    this.#options = options;
  }

  /** Returns what is remembered, before it is waited until everything is written; and whose turn it is. */
  begin(): Map<Projector, { readonly records: readonly Write[]; readonly isDue: boolean }> {
    const projectors = [...this.#options.layout.servers()].map(([, projector]) => projector);
    const most = recordsEach(projectors.length);
    const first = this.#turn < projectors.length ? this.#turn : 0;
    let left = MAX_ENTRIES;
    return new Map(projectors.map((projector, i) => {
      const records = projector.losses.records(most);
      const isDue = i >= first && left > 0;
      if (isDue) {
        left -= records.length + OTHERS;
        this.#turn = i + 1;
      }
      return [projector, { records, isDue }];
    }));
  }

  /** Returns what of these records is gone, to be added again. Rejects with StoreError. */
  async compare(
    server: string,
    projector: Projector,
    { records, isDue }: { readonly records: readonly Write[]; readonly isDue: boolean },
  ): Promise<Write[]> {
    const { store, layout, owns } = this.#options;
    const key = layout.keysOf(server).gaps;
    const [length = 0] = await store.lengths([key]);
    const before = this.#lengths.get(projector);
    this.#lengths.set(projector, length);
    const read = (most: number) => length === 0 ? [] : store.identified(key, most);
    if (before === undefined) {
      const entries = await read(MAX_RECORDS);
      projector.losses.resumeRecords(entries.filter(({ row }) => owns?.(server, row.path ?? "") !== false));
    }
    const isShorter = length < Math.max(before ?? 0, records.length);
    if (records.length === 0 || (!isDue && !isShorter)) return [];
    const most = records.length + OTHERS;
    let gone = missingRecords(records, await read(most));
    if (gone.length > 0 && length > most) gone = missingRecords(records, await read(MOST));
    if (gone.length > 0) {
      warn("Something else has changed or removed what okws keeps, it is written again", {
        key,
        writes: gone.length,
      });
    }
    return gone;
  }
}

/** Whether somebody may read or run a file, by the modes of the file and of the folders that lead to it. */

/** As much of a file's state as counts. */
export type Owned = { readonly mode: number; readonly uid: number; readonly gid: number };

/** Somebody with no rights but those of everybody has no numbers. */
export type Somebody = { readonly uid?: number; readonly gids: readonly number[] };

/** Bits of each third of a mode. */
const READ = 4;
const SEARCH = 1;

/**
 * Returns whether `somebody` may read a file. `way` has the folders from the root on, and the file itself last. Access control
 * lists are not looked at.
 */
export function mayRead(way: readonly Owned[], somebody: Somebody): boolean {
  return mayReach(way, somebody, READ);
}

/** Returns whether `somebody` may run a file, as {@link mayRead} does. */
export function mayRun(way: readonly Owned[], somebody: Somebody): boolean {
  return mayReach(way, somebody, SEARCH);
}

function mayReach(way: readonly Owned[], somebody: Somebody, last: number): boolean {
  if (somebody.uid === 0) return true;
  return way.every((each, i) => {
    const wanted = i === way.length - 1 ? last : SEARCH;
    const shift = each.uid === somebody.uid ? 6 : somebody.gids.includes(each.gid) ? 3 : 0;
    return ((each.mode >> shift) & wanted) === wanted;
  });
}

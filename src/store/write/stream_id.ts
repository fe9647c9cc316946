/** The ids of entries of a stream: two numbers of 64 bits, such as `1795889400412-3`, which a double cannot compare. */

/** Returns less than zero where `one` comes before `other`, more where it comes behind it. None is before all others. */
export function compareStreamIds(one = "0-0", other = "0-0"): number {
  const [ms, n] = partsOf(one);
  const [otherMs, otherN] = partsOf(other);
  return compareDigits(ms, otherMs) || compareDigits(n, otherN);
}

/** Returns both numbers as digits without leading zeros; what is no number counts as zero. */
function partsOf(id: string): readonly [string, string] {
  const [ms = "", n = ""] = id.split("-").map((part) => /^\d+$/.test(part) ? part.replace(/^0+/, "") : "");
  return [ms, n];
}

function compareDigits(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

/** Returns the first number of an id, which is a time where no id was in the way; 0: Redis is to choose it. */
export function millisecondsOf(id: string): number {
  const found = Number(id.split("-", 1)[0]);
  return Number.isFinite(found) ? found : 0;
}

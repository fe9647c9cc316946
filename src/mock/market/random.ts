/**
 * Seeded randomness for the simulated exchange: a small generator for sequences, and a hash for values that
 * must be the same whenever they are asked for. Neither is fit for anything but simulation.
 */

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** Returns a generator whose whole sequence follows from `seed` (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Returns a 32-bit seed for a named thing. */
export function seedOf(name: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** Returns the value in [-1, 1) that belongs to one point of a lattice. */
export function latticeValue(seed: number, octave: number, index: number): number {
  const high = Math.floor(index / 4294967296);
  return mix(seed ^ Math.imul(octave + 1, 0x9e3779b1) ^ mix(index ^ Math.imul(high, 0x85ebca6b))) /
      2147483648 -
    1;
}

/** Returns an integer in [0, below). */
export function integerBelow(random: Random, below: number): number {
  return Math.floor(random() * below);
}

function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

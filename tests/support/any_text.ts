/**
 * Texts of any characters for properties. fast-check's own units of such kinds build tables that take a second or two in
 * each worker that uses one.
 */
import fc from "fast-check";

/** Lengths in characters. */
export type Lengths = { readonly minLength?: number; readonly maxLength?: number };

/** ASCII most often, then the rest of the basic plane (lone surrogates among it), then everything. */
const anyPoint = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.nat(0x10ffff));

/** Printable ASCII, letters and signs of several scripts, emoji. */
const shownPoint = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }),
  fc.integer({ min: 0xc0, max: 0x17f }),
  fc.integer({ min: 0x3b1, max: 0x3c9 }),
  fc.integer({ min: 0x4e00, max: 0x9fa5 }),
  fc.integer({ min: 0x1f600, max: 0x1f64f }),
);

/** Text that may hold anything, controls and lone surrogates too. */
export function anyText(lengths: Lengths = {}): fc.Arbitrary<string> {
  return fc.array(anyPoint, lengths).map(fromPoints);
}

/** Text of characters that can be seen, in several scripts. */
export function shownText(lengths: Lengths = {}): fc.Arbitrary<string> {
  return fc.array(shownPoint, lengths).map(fromPoints);
}

function fromPoints(points: readonly number[]): string {
  return points.map((point) => String.fromCodePoint(point)).join("");
}

/** What an executable for Linux says of itself: the processor, and the oldest C library that it runs with. */

/** Debian's name of the processor, and a version such as `2.35`. */
export type Elf = { readonly architecture: "amd64" | "arm64"; readonly glibc: string };

/** Machine numbers of the ELF format. */
const MACHINES: Readonly<Record<number, Elf["architecture"]>> = { 62: "amd64", 183: "arm64" };

/** The names of needed versions stand within this much of the beginning. */
const NAMES_WITHIN = 64 * 1024 * 1024;

/** Undefined for anything that is not such an executable. */
export function readElf(bytes: Uint8Array): Elf | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0) !== 0x7f454c46) return undefined;
  const architecture = MACHINES[view.getUint16(18, true)];
  if (architecture === undefined) return undefined;
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, NAMES_WITHIN));
  const found = [...text.matchAll(/\0GLIBC_2\.(\d+)(?:\.\d+)?(?=\0)/g)].map(([, minor]) => Number(minor));
  return { architecture, glibc: `2.${Math.max(17, ...found)}` };
}

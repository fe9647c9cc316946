/** The platform that an executable is for, by the head of its file: ELF, Mach-O or PE. */
import { BuildError } from "../compile/run.ts";
import type { Target } from "./targets.ts";

/** More than the heads of all three formats take. */
const HEAD_BYTES = 4096;

/** Numbers of processors, by format. */
const ELF_MACHINES: Readonly<Record<number, string>> = { 62: "x64", 183: "arm64" };
const MACH_O_MACHINES: Readonly<Record<number, string>> = { 0x01000007: "x64", 0x0100000c: "arm64" };
const PE_MACHINES: Readonly<Record<number, string>> = { 0x8664: "x64", 0xaa64: "arm64" };

/** What ELF calls Linux: the common value of all systems, and its own. */
const ELF_LINUX = [0, 3];

/** Returns the platform as targets are named, such as `linux-x64`; undefined for anything else. */
export function parsePlatform(head: Uint8Array): string | undefined {
  if (head.length < 64) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0) === 0x7f454c46) {
    return ELF_LINUX.includes(view.getUint8(7))
      ? named("linux", ELF_MACHINES[view.getUint16(18, true)])
      : undefined;
  }
  if (view.getUint32(0, true) === 0xfeedfacf) {
    return named("macos", MACH_O_MACHINES[view.getUint32(4, true)]);
  }
  if (view.getUint16(0) !== 0x4d5a) return undefined;
  const at = view.getUint32(0x3c, true);
  return at + 6 <= head.length && view.getUint32(at) === 0x50450000
    ? named("windows", PE_MACHINES[view.getUint16(at + 4, true)])
    : undefined;
}

function named(system: string, machine: string | undefined): string | undefined {
  return machine === undefined ? undefined : `${system}-${machine}`;
}

/**
 * Holds that an executable is for a platform; `remedy` ends the sentence that refuses it.
 *
 * @throws {BuildError} it is not there, for another platform, or no executable
 */
export async function requirePlatform(
  file: string,
  target: Pick<Target, "name">,
  remedy: string,
): Promise<void> {
  const found = parsePlatform(await readHead(file));
  if (found === target.name) return;
  const what = found === undefined
    ? "is no executable for Linux, macOS or Windows on x64 or arm64"
    : `is for ${found}`;
  throw new BuildError(`${file} ${what}, and ${target.name} was asked for: ${remedy}`);
}

async function readHead(path: string): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD_BYTES);
  try {
    using file = await Deno.open(path);
    let length = 0;
    for (let read = await file.read(head); read; read = await file.read(head.subarray(length))) {
      length += read;
    }
    return head.subarray(0, length);
  } catch (error) {
    throw new BuildError(
      error instanceof Deno.errors.NotFound
        ? `There is no executable ${path}`
        : `${path} cannot be read: ${(error as Error).message}`,
    );
  }
}

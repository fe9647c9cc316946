/** What SCAN, HSCAN, SSCAN and ZSCAN share: the cursor and the MATCH, COUNT and TYPE options. */
import { arg, type Call, CommandFault, SYNTAX, toCount, word } from "./command.ts";
import { matchGlob } from "../glob.ts";
import type { RespValue } from "../resp.ts";

export type ScanOptions = { count: number; type?: string; accepts: (name: string) => boolean };

export function toCursor(text: string): number {
  const digits = /^[+-]?(\d+)$|^$/.exec(text);
  if (digits === null || BigInt(digits[1] ?? 0) >= 2n ** 64n) throw new CommandFault("ERR invalid cursor");
  return Number(text);
}

export function readScanOptions(call: Call, from: number, withType = false): ScanOptions {
  const options: ScanOptions = { count: 10, accepts: () => true };
  for (let at = from; at < call.args.length; at += 2) {
    if (at + 1 >= call.args.length) throw new CommandFault(SYNTAX);
    const value = arg(call, at + 1);
    const option = word(call, at);
    if (option === "COUNT") {
      options.count = toCount(value);
      if (options.count < 1) throw new CommandFault(SYNTAX);
    } else if (option === "MATCH") {
      options.accepts = value === "*" ? () => true : (name) => matchGlob(value, name);
    } else if (option === "TYPE" && withType) {
      options.type = value.toLowerCase();
    } else {
      throw new CommandFault(SYNTAX);
    }
  }
  return options;
}

/**
 * Answers a SCAN of a collection, which is done whole in one go, which SCAN's promises allow (COUNT is a hint); `items` are
 * names with what goes beside them.
 */
export function scanCollection(call: Call, find: () => Iterable<readonly string[]> | undefined): RespValue {
  toCursor(arg(call, 2));
  const items = find();
  if (items === undefined) return ["0", []];
  const { accepts } = readScanOptions(call, 3);
  const found: RespValue[] = [];
  for (const item of items) if (accepts(item[0] ?? "")) found.push(...item);
  return ["0", found];
}

/** Expiry times as commands state them (seconds or milliseconds, from now or from 1970), with Redis' refusals. */
import { type Call, CommandFault, toInteger } from "./commands/command.ts";
import { INT64_MAX, INT64_MIN } from "./number.ts";

export type DeadlineUnit = { readonly seconds: boolean; readonly absolute: boolean };

/** The four spellings of an expiry option. */
export const DEADLINE_UNITS: Readonly<Record<string, DeadlineUnit>> = {
  EX: { seconds: true, absolute: false },
  PX: { seconds: false, absolute: false },
  EXAT: { seconds: true, absolute: true },
  PXAT: { seconds: false, absolute: true },
};

/** Returns milliseconds since 1970. */
export function toDeadline(
  call: Call,
  text: string,
  options: DeadlineUnit & { command: string; positive?: boolean },
): number {
  let at = BigInt(toInteger(text));
  const refuse = () => new CommandFault(`ERR invalid expire time in '${options.command}' command`);
  if (options.positive && at <= 0n) throw refuse();
  if (options.seconds) {
    if (at > INT64_MAX / 1000n || at < INT64_MIN / 1000n) throw refuse();
    at *= 1000n;
  }
  if (!options.absolute) {
    const now = BigInt(call.engine.now());
    if (at > INT64_MAX - now) throw refuse();
    at += now;
  }
  return Number(at);
}

/**
 * Accounts with the least rights, as lines of a Redis ACL (Redis 7 or later): one for the service, one for programs that
 * read what it keeps, one for those that may also give it commands. Made of the same names and the same list of commands
 * that okws itself works with.
 */
import { COMMANDS_OF } from "./commands.ts";
import { escapeGlob, everyKey, leaderKey, replyKey } from "../layout/keys.ts";

/** What the rights depend on: settings by their meaning. */
export type AclOptions = {
  readonly keyPrefix: string;
  readonly listenChannel: string;
  readonly infoKey: string;
  readonly announceChannel: string;
  readonly clustered: boolean;
};

/** Renders one `user …` line each for writer, reader and commander; without a password, so none of them can log in yet. */
export function renderAcl(options: AclOptions): string[] {
  const { keyPrefix, clustered } = options;
  const rows = everyKey(keyPrefix);
  const [listen, info, announce] = [options.listenChannel, options.infoKey, options.announceChannel].map(
    escapeGlob,
  ) as [string, string, string];
  const replies = replyKey(info, "*");
  const added = clustered ? COMMANDS_OF.cluster : [];
  // A name with a star is listened to as a pattern, which has to be among the rights just as it is.
  const leader = leaderKey(keyPrefix);
  const requests = leader.includes("*") ? [escapeGlob(leader)] : [];
  return [
    line("writer", [
      ...[`~${rows}`, `~${replies}`],
      ...[rows, ...requests, listen, info, replies, announce].map((each) => `&${each}`),
      ...allow(COMMANDS_OF.writer, added),
    ]),
    line("reader", [
      `%R~${rows}`,
      ...[rows, announce].map((each) => `&${each}`),
      ...allow(COMMANDS_OF.reader, added),
    ]),
    line("commander", [
      ...[`%R~${rows}`, `%R~${replies}`],
      ...[rows, announce, info, replies].map((each) => `&${each}`),
      ...allow(COMMANDS_OF.reader, added),
      // A selector of its own: what it may publish on is less than what it may listen to.
      `(+publish &${listen})`,
    ]),
  ];
}

/** `reset` first, so that the line means the same for an account that is there already. */
function line(name: string, rules: readonly string[]): string {
  return ["user", `okws-${name}`, "reset", "on", ...rules].join(" ");
}

function allow(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort().map((name) => `+${name}`);
}

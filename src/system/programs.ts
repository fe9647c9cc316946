/** The programs of others that okws runs. What is compiled may run these and nothing else (scripts/compile/permissions.ts). */

/** Of systemd and of launchd: to install a service, to look at it and its log, and to get its state. */
export const PROGRAMS = [
  ...["systemctl", "systemd-analyze", "systemd-notify", "journalctl", "id"],
  ...["launchctl", "plutil", "tail"],
] as const;

/** One of them. Whatever runs a program takes its name in this type, so that none is forgotten above. */
export type ProgramName = typeof PROGRAMS[number];

/**
 * Returns an environment without what would load other code into such a program; the runtime refuses to run one with it.
 */
export function childEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(?:LD|DYLD)_/i.test(name)));
}

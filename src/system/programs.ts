/** The programs of others that okws runs. What is compiled may run these and nothing else (scripts/compile.ts). */

/** Of systemd and of launchd: to install a service, to look at it, and to tell how it is. */
export const PROGRAMS: readonly string[] = [
  ...["systemctl", "systemd-analyze", "systemd-notify", "id"],
  ...["launchctl", "plutil"],
];

/** An environment without what would load other code into such a program; the runtime refuses to run one with it. */
export function childEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(?:LD|DYLD)_/i.test(name)));
}

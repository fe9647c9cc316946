/** A service manager as installing sees it, and what it is asked to run. */
import { MessageError } from "../../shared/errors.ts";
import type { Text } from "../../shared/messages/message.ts";
import type { ProgramName } from "../../system/programs.ts";
import type { RunAs } from "../../system/unit.ts";

/** Why nothing was installed or removed, and what to do about it: a refusal, not a fault of okws. */
export class ServiceError extends MessageError {
  override readonly name = "ServiceError";
}

/** What a person asked for, complete. */
export type Setup = {
  /** The program and the arguments that come before `serve`. */
  readonly program: readonly string[];
  /** Absolute. */
  readonly config: string;
  readonly runAs: RunAs;
  readonly environmentFile: string | undefined;
  readonly credentials: readonly { readonly name: string; readonly file: string }[];
};

/** A program with its arguments. One that may fail is not reported when it does. */
export type ManagerStep = { readonly words: CommandLine; readonly mayFail?: true };

/** The program, and its arguments. */
export type CommandLine = readonly [ProgramName, ...string[]];

/** What the manager says of the service. */
export type ManagedState = {
  readonly state: "active" | "starting" | "failed" | "inactive";
  /** In the manager's own words, and okws' own status line. */
  readonly detail: Text;
  readonly enabled: boolean;
};

/** How much of a log is shown. */
export type LogOptions = { readonly lines: number; readonly follow: boolean };

/** One kind of manager in one scope: that of the system, or of a user. */
export type ServiceManager = {
  readonly name: "systemd" | "launchd";
  /** The one file that is written. */
  readonly file: string;
  /** Returns whether okws wrote a file with this text. */
  isOurs(text: string): boolean;
  /** Throws ServiceError where this user cannot install or remove here, now. */
  checkRights(): Promise<void>;
  /** Returns the file's text, and what a person should know about it. Throws ServiceError for what cannot work. */
  render(setup: Setup): Promise<{ readonly text: string; readonly notes: readonly Text[] }>;
  /** What checks the file before it is used. */
  readonly verify: ManagerStep | undefined;
  /** After the file is written. */
  readonly start: readonly ManagerStep[];
  /** Before it is removed, and after. */
  readonly stop: readonly ManagerStep[];
  readonly forget: readonly ManagerStep[];
  /** Undefined where nothing runs, such as in an image. */
  state(): Promise<ManagedState | undefined>;
  /** Returns what shows the newest lines of its log, and with `follow` those that come. */
  logs(options: LogOptions): CommandLine;
  /** What a person does next: title and command. */
  readonly hints: readonly (readonly [title: string, command: string])[];
};

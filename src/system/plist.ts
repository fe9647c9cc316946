/** The property list of a launchd daemon or agent, as text. */

/** What differs between machines. */
export type PlistOptions = {
  /** The program and the arguments that come before `serve`. */
  readonly program: readonly string[];
  readonly config: string;
  /** The user of a daemon; an agent runs as its own. */
  readonly user?: string | undefined;
  /** Where the log goes. */
  readonly logFile: string;
};

/** The name by which launchd knows the service. */
export const LABEL = "com.okws.okws";

/** Every property list that okws wrote has this comment. */
export const PLIST_MARKER = "Written by: okws service install. To remove it: okws service uninstall";

/** Renders the property list as a file, with a comment where one is given. */
export function renderPlist(options: PlistOptions, comment?: string): string {
  const { program, config, user, logFile } = options;
  const entries: readonly [key: string, value: string][] = [
    ["Label", text(LABEL)],
    ["ProgramArguments", list([...program, "serve", "-c", config])],
    ...user === undefined ? [] : [["UserName", text(user)] as [string, string]],
    ["RunAtLoad", "<true/>"],
    ["KeepAlive", "<true/>"],
    ["ThrottleInterval", "<integer>5</integer>"],
    ["ExitTimeOut", "<integer>20</integer>"],
    ["ProcessType", text("Background")],
    ["Umask", "<integer>63</integer>"],
    ["WorkingDirectory", text("/")],
    ["StandardOutPath", text(logFile)],
    ["StandardErrorPath", text(logFile)],
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    ...comment === undefined ? [] : [`<!-- ${comment} -->`],
    '<plist version="1.0">',
    "<dict>",
    ...entries.map(([key, value]) => `  <key>${key}</key>\n  ${value}`),
    "</dict>",
    "</plist>",
    "",
  ].join("\n");
}

function list(values: readonly string[]): string {
  return ["<array>", ...values.map((value) => `    ${text(value)}`), "  </array>"].join("\n");
}

function text(value: string): string {
  const escaped = value.replace(
    /[&<>]/g,
    (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign] as string,
  );
  return `<string>${escaped}</string>`;
}

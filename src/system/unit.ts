/** The systemd unit, as text. What it allows was tried with the executable; docs/service.md says how. */

/** Who a service runs as: a user that exists only while it runs, or one that there is; a user's own services as itself. */
export type RunAs =
  | { readonly kind: "dynamic" }
  | { readonly kind: "user"; readonly name: string }
  | { readonly kind: "self" };

/** What differs between machines. */
export type UnitOptions = {
  /** The program and the arguments that come before `serve`. */
  readonly program: readonly string[];
  readonly config: string;
  /** The file is handed over as a credential, because the service itself could not read it. */
  readonly configAsCredential: boolean;
  readonly runAs: RunAs;
  /** Lines of NAME=VALUE, read by the service manager; it need not be there. */
  readonly environmentFile?: string | undefined;
  /** Names that the configuration asks for, and the files that have their values. */
  readonly credentials?: readonly { readonly name: string; readonly file: string }[];
};

/** First line of every unit that okws wrote; a file without it is nobody's but its author's. */
export const MARKER = "# Written by: okws service install. To remove it: okws service uninstall";

/** Name of the credential that is the configuration. */
const CONFIG_CREDENTIAL = "okws.yaml";

/** How often a sign of life is demanded, in seconds. */
const WATCHDOG_SECONDS = 30;

/**
 * What glibc is asked for: buffers from 128 kB on lie outside its heap and go back to the system when they are free, and its
 * heap shrinks. By itself it raises both bounds with the largest buffer that was ever freed (mallopt(3), "dynamic mmap
 * threshold"), so that each burst leaves pages behind.
 */
export const MALLOC_ENV = { MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "131072" };

/** For every scope. V8 writes code and then executes it, so MemoryDenyWriteExecute cannot be among these. */
const CONFINED = [
  "NoNewPrivileges=yes",
  "LockPersonality=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "SystemCallArchitectures=native",
  // Protection keys of memory: V8 asks for one when it starts.
  "SystemCallFilter=@system-service @pkey",
  "SystemCallFilter=~@privileged @resources",
  "SystemCallErrorNumber=EPERM",
  "UMask=0077",
];

/** What only the system's own manager can do without user namespaces. */
const ISOLATED = [
  "CapabilityBoundingSet=",
  "AmbientCapabilities=",
  "KeyringMode=private",
  "PrivateDevices=yes",
  "PrivateTmp=yes",
  "ProtectClock=yes",
  "ProtectControlGroups=yes",
  "ProtectHome=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectProc=invisible",
  "ProtectSystem=strict",
  "RemoveIPC=yes",
  "RestrictNamespaces=yes",
];

/** Returns the unit as a file, without the marker. */
export function renderUnit(options: UnitOptions): string {
  const { program, config, configAsCredential, runAs, environmentFile, credentials = [] } = options;
  const own = runAs.kind === "self";
  const file = configAsCredential ? `\${CREDENTIALS_DIRECTORY}/${CONFIG_CREDENTIAL}` : quote(config);
  const loaded = configAsCredential
    ? [...credentials, { name: CONFIG_CREDENTIAL, file: config }]
    : credentials;
  const lines = [
    "[Unit]",
    "Description=OKX data in Redis",
    "Documentation=man:okws(1)",
    // A user's manager knows neither the network nor the system's services.
    ...own ? [] : [
      "Wants=network-online.target",
      "After=network-online.target redis-server.service redis.service valkey.service",
    ],
    "# Never gives up: one start in five seconds, for as long as it takes.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=notify",
    `ExecStart=${program.map(quote).join(" ")} serve -c ${file}`,
    ...configAsCredential
      ? ["# The file is copied at the start, so that a changed one needs: systemctl restart okws"]
      : ["ExecReload=/bin/kill -HUP $MAINPID"],
    "Restart=always",
    "RestartSec=5",
    "# A faulty configuration is not mended by another start.",
    "RestartPreventExitStatus=2",
    `WatchdogSec=${WATCHDOG_SECONDS}`,
    "TimeoutStopSec=20",
    ...runAs.kind === "dynamic" ? ["DynamicUser=yes"] : [],
    ...runAs.kind === "user" ? [`User=${runAs.name}`] : [],
    "# Freed buffers go back to the system.",
    `Environment=${Object.entries(MALLOC_ENV).map(([name, value]) => `${name}=${value}`).join(" ")}`,
    ...environmentFile === undefined ? [] : [`EnvironmentFile=-${escapeSpecifiers(environmentFile)}`],
    ...loaded.map(({ name, file }) => `LoadCredential=${name}:${escapeSpecifiers(file)}`),
    "",
    "# What the service cannot do, whatever happens to it. MemoryDenyWriteExecute is not here: V8 compiles.",
    ...[...CONFINED, ...own ? [] : ISOLATED].sort(),
    "",
    "[Install]",
    `WantedBy=${own ? "default.target" : "multi-user.target"}`,
    "",
  ];
  return lines.join("\n");
}

/** Returns a word of a command line as systemd reads it: whole, and with nothing in it replaced. */
function quote(word: string): string {
  const text = escapeSpecifiers(word).replaceAll("$", "$$$$");
  return /^[\w%$+,./:=@-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function escapeSpecifiers(text: string): string {
  return text.replaceAll("%", "%%");
}

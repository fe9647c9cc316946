/**
 * Which files reach out of the program, and which decide what others must not decide again: as patterns for what syntax.ts
 * finds in the source. Part of the check of imports.
 */
import { findUses, type Found } from "./syntax.ts";

/** What some code does, the pattern of how syntax.ts names it, and the files and folders that may do it; or those that may not. */
type Use =
  & { readonly what: string; readonly pattern: RegExp }
  & ({ readonly only: readonly string[] } | { readonly never: readonly string[] });

/** What reaches out of the program. docs/architecture.md shows the same, which a test compares. */
export const EFFECTS: readonly Use[] = [
  {
    what: "WebSocket",
    pattern: /^WebSocket(Stream)?$/,
    only: ["src/session/connection/wire.ts"],
  },
  {
    what: "fetch",
    pattern: /^(fetch|EventSource)\b/,
    only: ["src/okx/rest.ts", "src/cli/health/mod.ts", "src/cli/upgrade/mod.ts"],
  },
  {
    what: "a socket that is dialled",
    pattern: /^Deno\.(connect\w*|startTls|createHttpClient)\b/,
    only: [
      ...["src/session/connection/wire.ts", "src/app/select_redis.ts"],
      ...["src/cli/doctor/dial.ts", "src/cli/health/direct.ts"],
    ],
  },
  {
    what: "a port that is listened at",
    pattern: /^Deno\.(listen|serve|upgradeWebSocket)\b/,
    only: [
      ...[
        "src/http/server.ts",
        "src/embedded/server.ts",
        "src/mock/server.ts",
        "src/shared/accept_websocket.ts",
      ],
      ...["src/replay/server.ts", "src/cli/doctor/http.ts"],
    ],
  },
  {
    what: "files",
    pattern:
      /^Deno\.(open|read\w*|write\w*|l?stat|mkdir|remove|rename|makeTemp\w*|copyFile|chmod|chown|link|symlink|truncate|utime|realPath|watchFs)(Sync)?\b/,
    only: [
      ...["src/config/load.ts", "src/config/redis_files.ts", "src/config/credentials.ts"],
      ...["src/config/exposure.ts", "src/shared/file_text.ts"],
      ...["src/recording/folder.ts", "src/recording/folder_lock.ts"],
      ...["src/recording/file_writer.ts", "src/recording/reader.ts"],
      ...["src/system/notify_socket.ts", "src/cli"],
    ],
  },
  {
    what: "programs",
    pattern: /^Deno\.(Command|run|kill)\b/,
    only: ["src/system/notify_socket.ts", "src/cli/service/machine.ts"],
  },
  {
    what: "the service manager's socket",
    pattern: /^Deno\.listenDatagram\b/,
    only: ["src/system/notify_socket.ts"],
  },
  { what: "Deno.exit", pattern: /^Deno\.exit(Code)?\b/, only: ["main.ts"] },
  { what: "console", pattern: /^console\b/, only: [] },
  {
    what: "Deno.env",
    pattern: /^Deno\.env\b/,
    only: ["main.ts", "src/logging/no_debug.ts", "src/config/load.ts"],
  },
  {
    what: "the streams and signals of the process",
    pattern: /^Deno\.(std(in|out|err)|(add|remove)SignalListener|args|permissions|consoleSize)\b/,
    only: ["main.ts", "src/cli/terminal"],
  },
  {
    what: "facts about the process or the machine",
    pattern:
      /^Deno\.(memoryUsage|hostname|p?pid|[ug]id|osUptime|osRelease|loadavg|systemMemoryInfo|networkInterfaces|cwd|chdir|execPath)\b/,
    only: [
      ...["main.ts", "src/app/lease.ts", "src/embedded/server.ts", "src/http/process.ts"],
      ...["src/recording/folder_lock.ts", "src/shared/hostname.ts"],
      ...["src/system/memory.ts", "src/system/notifier.ts", "src/cli"],
    ],
  },
  {
    what: "the clock",
    pattern: /^(Date(\.now\b.*)?|new Date\(\)|(performance|Temporal)(\.(now|Now|timeOrigin)\b.*|\.\*)?)$/,
    never: ["src/okx", "src/model", "src/config", "src/shared", "src/session/subscriptions"],
  },
];

/** A topic and a codec say what a path and a protocol mean: nobody else asks again by their names. */
const DECISIONS: readonly Use[] = [
  {
    what: "a comparison with the name of a protocol",
    pattern: /^"v[35]" ===|=== "v[35]"$/,
    only: ["src/mock"],
  },
  {
    what: "a comparison with the name of a channel",
    pattern: /^channel === "|=== channel$(?<=^".*)|^channel\.(?:startsWith|endsWith|includes)\("[^*]/,
    only: ["src/okx", "src/mock", "src/recording/bare_frames.ts"],
  },
  {
    what: "a test of whether a topic converts (asSent says it)",
    pattern: /^convert === undefined$|^undefined === convert$|^convert\?\.$/,
    only: [],
  },
];

/** What is no effect: errors, what never changes, and what makes one time of another. */
const HARMLESS = /^(Deno\.(errors|build|version)\b.*|Date\.(parse|UTC|prototype)\b.*|WebSocket\.[A-Z]+)$/;

/** What is in the page runs in a browser, and reaches okws alone by the page's policy. */
const IN_BROWSER = "src/http/page";

/** Packages that only these files and folders may import; types may be named elsewhere. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "npm:ioredis": ["src/store/redis/connect.ts", "src/store/redis/sentinel/connector.ts"],
  "node:net": [
    ...["src/store/redis/sentinel/connector.ts", "src/session/connection/socket.ts"],
    ...["src/cli/doctor/dial.ts", "src/cli/doctor/way.ts"],
  ],
  "node:tls": ["src/store/redis/sentinel/connector.ts"],
  "node:dns/promises": [
    ...["src/session/connection/socket.ts", "src/cli/doctor/dial.ts", "src/cli/health/direct.ts"],
  ],
  "node:process": ["main.ts", "src/http/process.ts", "src/system/memory.ts"],
  ...Object.fromEntries(
    [
      ...[
        "child_process",
        "cluster",
        "dgram",
        "dns",
        "fs",
        "fs/promises",
        "http",
        "http2",
        "https",
        "inspector",
      ],
      ...["module", "os", "perf_hooks", "readline", "repl", "sqlite", "tty", "vm", "worker_threads"],
    ].map((
      name,
    ) => [`node:${name}`, []]),
  ),
};

/** Effects, and decisions, in a file that is not meant to have them. */
export function findEffectFaults(file: string, text: string): string[] {
  if (isBelow(file, IN_BROWSER)) return [];
  return findUses(text).flatMap((found) => {
    const location = `${file}:${found.line}`;
    const uses = [...EFFECTS, ...DECISIONS].filter(({ pattern }) => pattern.test(found.name));
    if (uses.length === 0 && isUnlisted(found)) {
      return [`${location}: uses ${found.name}, which no row of EFFECTS has`];
    }
    return uses.flatMap((use) => {
      const locations = "only" in use ? use.only : use.never;
      if (locations.some((each) => isBelow(file, each)) === "only" in use) return [];
      const rule = "only" in use
        ? `only ${locations.join(" and ") || "nobody"} may`
        : `${locations.join(", ")} may not`;
      return [`${location}: uses ${use.what}: ${rule}`];
    });
  });
}

/** Whether something reaches out that no row is about: a new member of a global, all of it at once, a module by a computed name. */
function isUnlisted({ name }: Found): boolean {
  return name === "import(_)" || (GLOBAL.test(name) && !HARMLESS.test(name));
}

const GLOBAL = /^(Deno|Date|performance|Temporal|process|globalThis|Worker)(\.|$)/;

/** Permits of the tables that no file makes use of, by the texts of all files. A refusal (`never`) needs no use. */
export function findUnusedEffectPermits(texts: ReadonlyMap<string, string>): string[] {
  const uses = [...texts].filter(([file]) => !isBelow(file, IN_BROWSER)).map((
    [file, text],
  ) => [file, findUses(text)] as const);
  const isUsed = (location: string, pattern: RegExp) =>
    uses.some(([file, found]) => isBelow(file, location) && found.some(({ name }) => pattern.test(name)));
  return [...EFFECTS, ...DECISIONS].flatMap((use) =>
    "only" in use
      ? use.only.filter((location) => !isUsed(location, use.pattern)).map((location) =>
        `scripts/effects.ts: ${location} may use ${use.what}, but does not: remove it`
      )
      : []
  );
}

/** Whether a file is that path, or somewhere in that folder. */
export function isBelow(file: string, location: string): boolean {
  return file === location || file.startsWith(`${location}/`);
}

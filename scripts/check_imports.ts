/**
 * Keeps the rooms of `src/` apart: who may import whom, no cycles (type imports included), and effects only in the
 * files that are meant to have them. Reads the module graph of `deno info` for main.ts and mod.ts, so that scripts and
 * tests are free to reach for whatever they need; but for cycles, which nothing may have. Anything that the tables below do
 * not list is a fault, and so is what they list and nobody does.
 */

/**
 * Who may import whom. The key is a folder or a file; what stands for a folder holds for everything below it. A value
 * is a folder, a file, or `type` and one of both where nothing but its types may be used. A file is in the innermost
 * folder that has a key, and inside its own folder everybody is free.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["src/logging/no_debug.ts", "src/cli/mod.ts", "src/cli/terminal", "src/shared/build.ts"],
  "mod.ts": ["src/client", "src/config", "src/shared", "src/app/service.ts", "type src/store"],

  "src/shared": ["deno.json"],
  "src/okx": ["src/shared"],
  "src/model": ["type src/okx", "src/shared"],
  "src/logging": ["src/okx/redact.ts", "src/shared/async"],
  "src/system": ["src/logging", "type src/model", "src/shared/async"],
  "src/embedded": ["src/shared/http_address.ts"],
  // What the stand-in knows of the exchange, it knows by itself.
  "src/mock": [],

  "src/session": ["src/okx", "src/model", "src/shared", "src/logging"],
  "src/session/timing.ts": ["type src/session/recovery"],
  "src/session/subscriptions": [],
  "src/session/recovery": ["src/session/subscriptions"],
  "src/session/connection": [
    "src/session/subscriptions",
    "src/session/recovery",
    "type src/session/timing.ts",
  ],
  "src/session/handover": ["type src/session/connection", "type src/session/timing.ts"],
  "src/session/standby": ["src/session/recovery", "type src/session/connection"],
  "src/session/server.ts": ["type src/session", "src/session/recovery"],
  "src/session/server_parts.ts": ["type src/session", "src/session/recovery", "src/session/standby"],
  "src/session/server_view.ts": ["type src/session/subscriptions"],
  "src/session/server_events.ts": ["type src/session", "src/session/recovery/series.ts"],
  "src/session/connection_pool.ts": ["src/session/connection", "src/session/handover", "type src/session"],
  "src/session/desired_subscription.ts": ["type src/session/connection"],
  "src/session/server_registry.ts": [
    ...["src/session/recovery", "type src/session/connection", "type src/session/standby"],
  ],

  "src/store": ["src/okx", "src/model", "src/shared"],
  "src/store/store.ts": ["type src/store/write"],
  "src/store/write": ["src/store/redis", "type src/store/store.ts"],
  "src/store/layout": ["src/store/write", "src/store/redis/redis_errors.ts", "type src/store/store.ts"],
  "src/store/read": [
    ...["src/store/layout", "src/store/write", "src/store/redis/redis_errors.ts", "type src/store/store.ts"],
  ],
  "src/store/redis": ["src/store/write", "type src/store/store.ts", "src/store/layout/keys.ts"],
  "src/store/redis/redis_store.ts": ["src/logging"],
  "src/store/redis/prepend_rows.ts": ["src/logging"],
  "src/store/redis/refusal_log.ts": ["src/logging"],
  "src/store/redis/sentinel/followed_master.ts": ["src/logging"],

  "src/recording": ["src/okx", "src/shared"],
  "src/replay": ["src/okx", "src/recording", "src/shared"],
  "src/control": ["src/logging", "src/okx/redact.ts", "src/shared", "src/store/layout/keys.ts"],
  "src/control/control.ts": ["type src/store"],
  "src/control/handler.ts": ["type src/okx/topic.ts", "type src/okx/path_text.ts"],
  "src/control/persisted_subscriptions.ts": ["type src/store"],
  "src/control/versioned_hash.ts": ["type src/store"],
  "src/http": ["src/logging", "type src/model", "src/shared"],
  "src/client": ["src/store", "type src/model", "type src/control/command.ts", "src/okx", "src/shared"],
  "src/config": ["src/okx", "src/shared", "src/logging/level.ts"],
  "src/app": [
    ...["src/client", "src/config", "src/control", "src/embedded", "src/http", "src/logging", "src/model"],
    ...["src/okx", "src/recording", "src/session", "src/shared", "src/store"],
  ],
  "src/cli": [
    ...["src/app/service.ts", "src/client", "src/config", "type src/control", "src/logging", "src/mock"],
    ...["src/app/record.ts", "src/app/recorder.ts", "src/recording", "src/replay"],
    ...["src/okx", "src/shared", "src/store/redis/acl.ts", "type src/store", "src/system"],
  ],
  // The plan is made by what places connections in earnest.
  "src/cli/check/plan.ts": ["src/session/placement.ts"],
  // The doctor tries what the service would do.
  "src/cli/doctor/login.ts": ["src/session/connection/socket.ts"],
  "src/cli/doctor/way.ts": ["src/session/connection/socket.ts"],
  "src/cli/doctor/redis.ts": [
    ...["src/store/layout/keys.ts", "src/store/redis/inspect.ts", "src/store/redis/redis_errors.ts"],
    "src/store/redis/lease/holder.ts",
  ],
};

/** What some code does, how it looks in the source, and the files and folders that may do it; or those that may not. */
type Use =
  & { readonly what: string; readonly pattern: RegExp }
  & ({ readonly only: readonly string[] } | { readonly never: readonly string[] });

/** What reaches out of the program. docs/architecture.md shows the same, which a test compares. */
export const EFFECTS: readonly Use[] = [
  {
    what: "new WebSocket",
    pattern: /\bnew\s+WebSocket(Stream)?\s*\(/,
    only: ["src/session/connection/socket.ts"],
  },
  {
    what: "fetch",
    pattern: /(?<![\w.#$])fetch\s*\(|\bglobalThis\.fetch\b/,
    only: ["src/okx/rest.ts", "src/cli/health/mod.ts", "src/cli/upgrade/mod.ts"],
  },
  {
    what: "a socket that is dialled",
    pattern: /\bDeno\.(connect\w*|startTls|createHttpClient)\b/,
    only: [
      ...["src/session/connection/socket.ts", "src/app/select_redis.ts"],
      ...["src/cli/doctor/dial.ts", "src/cli/health/direct.ts"],
    ],
  },
  {
    what: "a port that is listened at",
    pattern: /\bDeno\.(listen|serve|upgradeWebSocket)\b/,
    only: [
      ...["src/http/server.ts", "src/embedded/server.ts", "src/mock/server.ts", "src/mock/connections.ts"],
      ...["src/replay/server.ts", "src/cli/doctor/http.ts"],
    ],
  },
  {
    what: "files",
    pattern:
      /\bDeno\.(open|read\w*|write\w*|l?stat|mkdir|remove|rename|makeTemp\w*|copyFile|chmod|chown|link|symlink|truncate|utime|realPath|watchFs)(Sync)?\b/,
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
    pattern: /\bDeno\.(Command|run|kill)\b/,
    only: ["src/system/notify_socket.ts", "src/cli/service/machine.ts"],
  },
  {
    what: "the service manager's socket",
    pattern: /\bDeno\.listenDatagram\b/,
    only: ["src/system/notify_socket.ts"],
  },
  { what: "Deno.exit", pattern: /\bDeno\.exit(Code)?\b/, only: ["main.ts"] },
  { what: "console", pattern: /(?<![\w.#$])console\s*\.|\bglobalThis\.console\b/, only: ["main.ts"] },
  {
    what: "Deno.env",
    pattern: /\bDeno\.env\b/,
    only: ["main.ts", "src/logging/no_debug.ts", "src/config/load.ts"],
  },
  {
    what: "the streams and signals of the process",
    pattern: /\bDeno\.(std(in|out|err)|(add|remove)SignalListener|args|permissions|consoleSize)\b/,
    only: ["main.ts", "src/logging/queue.ts", "src/cli/terminal"],
  },
  {
    what: "facts about the process or the machine",
    pattern:
      /\bDeno\.(memoryUsage|hostname|p?pid|[ug]id|osUptime|osRelease|loadavg|systemMemoryInfo|networkInterfaces|cwd|chdir|execPath)\b/,
    only: [
      ...["main.ts", "src/app/lease.ts", "src/embedded/server.ts", "src/http/process.ts"],
      ...["src/recording/folder_lock.ts", "src/system/memory.ts", "src/system/notifier.ts", "src/cli"],
    ],
  },
  {
    what: "the clock",
    pattern: /\b(Date|performance)\.now\s*\(|\bnew Date\(\)/,
    never: ["src/okx", "src/model", "src/config", "src/shared", "src/session/subscriptions"],
  },
];

/** A topic and a codec say what a path and a protocol mean: nobody else asks again by their names. */
const DECISIONS: readonly Use[] = [
  {
    what: "a comparison with the name of a protocol",
    pattern: /(?:[=!]==?|\bcase)\s*["']v[35]["']|["']v[35]["']\s*[=!]==?/,
    only: ["src/okx/v3", "src/mock"],
  },
  {
    what: "a comparison with the name of a channel",
    pattern: /\bchannel\s*[=!]==?\s*["'](?!string["'])|\bchannel\.(?:startsWith|endsWith|includes)\("[^*]/,
    only: ["src/okx", "src/mock", "src/recording/bare_frames.ts"],
  },
  {
    what: "a test of whether a topic converts (asSent says it)",
    pattern: /\bconvert\s*(?:[=!]==?\s*undefined|\?\.)/,
    only: ["src/okx/v3"],
  },
];

/** What of `Deno` is no effect: types, and what never changes. */
const HARMLESS = /^(errors|build|version|[A-Z]\w*)$/;

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
    ["child_process", "dgram", "fs", "fs/promises", "http", "https", "os", "worker_threads"].map((
      name,
    ) => [`node:${name}`, []]),
  ),
};

const ROOTS = ["main.ts", "mod.ts"];

/** Folders beside `src/` whose files import each other in no circle either. */
const FURTHER = ["scripts/", "web/", "tests/"];

/** An import of one file by another; names are relative to the root of the project, or as written for packages. */
export type Edge = {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly line: number;
};

/** What a person reads: where, what, and which rule. */
export function findImportFaults(edges: readonly Edge[]): string[] {
  return edges.flatMap((edge) => {
    const { from, to, typeOnly, line } = edge;
    const owner = Object.entries(PACKAGES).find(([name]) => to === name || to.startsWith(`${name}@`));
    if (owner !== undefined && !typeOnly && !owner[1].some((place) => isBelow(from, place))) {
      return [`${from}:${line}: imports ${owner[0]}: only ${owner[1].join(" and ") || "nobody"} may`];
    }
    if (/^[a-z]+:/.test(to) || roomOf(from) === roomOf(to)) return [];
    const rules = rulesOf(from);
    if (rules === undefined) return [`${from}:${line}: imports ${to}: ${roomOf(from)} is not in the table`];
    const allowed = rules.some((rule) =>
      isBelow(to, rule.replace(/^type /, "")) && (typeOnly || !rule.startsWith("type "))
    );
    const what = typeOnly ? "imports types of" : "imports";
    return allowed ? [] : [`${from}:${line}: ${what} ${to}: it may import ${rules.join(", ") || "nothing"}`];
  });
}

/** Permits of the table that no import makes use of. */
export function findUnusedPermits(edges: readonly Edge[]): string[] {
  return Object.entries(MAY_IMPORT).flatMap(([place, rules]) =>
    rules.filter((rule) =>
      !edges.some(({ from, to }) =>
        isBelow(from, place) && isBelow(to, rule.replace(/^type /, "")) && roomOf(from) !== roomOf(to)
      )
    ).map((rule) => `scripts/check_imports.ts: ${place} may import ${rule}, but does not: remove it`)
  );
}

/** One line for each knot of files that import each other, types included. */
export function findCycles(edges: readonly Edge[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) targets.set(from, [...targets.get(from) ?? [], to]);
  const finished = new Set<string>();
  const way: string[] = [];
  const cycles: string[] = [];
  const visit = (file: string) => {
    if (finished.has(file)) return;
    const start = way.indexOf(file);
    if (start >= 0) {
      cycles.push(`${file}: imports itself in a circle: ${[...way.slice(start), file].join(" -> ")}`);
      return;
    }
    way.push(file);
    for (const target of targets.get(file) ?? []) visit(target);
    way.pop();
    finished.add(file);
  };
  for (const file of targets.keys()) visit(file);
  return cycles;
}

/** Effects, and decisions, in a file that is not meant to have them. */
export function findEffectFaults(file: string, text: string): string[] {
  if (isBelow(file, IN_BROWSER)) return [];
  return blankComments(text).split("\n").flatMap((line, i) => {
    const place = `${file}:${i + 1}`;
    const faults = [...EFFECTS, ...DECISIONS].filter(({ pattern }) => pattern.test(line)).flatMap((use) => {
      const places = "only" in use ? use.only : use.never;
      if (places.some((each) => isBelow(file, each)) === "only" in use) return [];
      const rule = "only" in use ? `only ${places.join(" and ")} may` : `${places.join(", ")} may not`;
      return [`${place}: uses ${use.what}: ${rule}`];
    });
    const unknown = [...line.matchAll(/\bDeno\.(\w+)/g)].filter(([whole, name = ""]) =>
      !HARMLESS.test(name) && !EFFECTS.some(({ pattern }) => pattern.test(whole))
    );
    return [...faults, ...unknown.map(([whole]) => `${place}: uses ${whole}, which no row of EFFECTS has`)];
  });
}

/** Comments become empty; strings, templates and regular expressions are recognised so that they hide none. */
function blankComments(text: string): string {
  const parts = [
    /"(?:[^"\\\n]|\\.)*"/,
    /'(?:[^'\\\n]|\\.)*'/,
    /`(?:[^`\\]|\\[^])*`/,
    /(?<=[(,=:[!&|?{};]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//,
    /\/\/[^\n]*|\/\*[^]*?\*\//,
  ];
  const token = new RegExp(parts.map(({ source }) => source).join("|"), "g");
  return text.replace(token, (found) => /^\/[/*]/.test(found) ? found.replace(/[^\n]/g, "") : found);
}

/** The innermost folder with a key in the table, or the file itself where there is none. */
function roomOf(file: string): string {
  const rooms = Object.keys(MAY_IMPORT).filter((room) => !room.endsWith(".ts") && isBelow(file, room));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? file;
}

/** What the table allows a file: by itself, and by each folder that it is in; undefined where it has no entry. */
function rulesOf(file: string): readonly string[] | undefined {
  const found = Object.entries(MAY_IMPORT).filter(([place]) => isBelow(file, place));
  return found.length === 0 ? undefined : found.flatMap(([, rules]) => rules);
}

function isBelow(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}

type Resolved = {
  readonly specifier?: string;
  readonly span?: { readonly start: { readonly line: number } };
};
type ModuleInfo = {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: Resolved;
    readonly type?: Resolved;
  }[];
};

/** The imports of every file that a root reaches. */
async function readGraph(base: string, root: string): Promise<{ files: string[]; edges: Edge[] }> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", root],
    cwd: new URL(base),
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`deno info failed for ${root}`);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: ModuleInfo[] };
  const own = modules.filter(({ specifier }) => specifier.startsWith(base));
  const broken = own.find(({ error }) => error !== undefined);
  if (broken !== undefined) throw new Error(`${broken.specifier}: ${broken.error}`);
  const nameOf = (specifier: string) => specifier.startsWith(base) ? specifier.slice(base.length) : specifier;
  const edges = own.flatMap(({ specifier, dependencies = [] }) =>
    dependencies.map(({ specifier: written, code, type }): Edge => ({
      from: nameOf(specifier),
      to: nameOf(code?.specifier ?? type?.specifier ?? written),
      typeOnly: code === undefined,
      line: ((code ?? type)?.span?.start.line ?? 0) + 1,
    }))
  );
  return { files: own.map(({ specifier }) => nameOf(specifier)), edges };
}

/** TypeScript files below a folder, as `src/…`. */
async function* sourceFiles(base: string, folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, base))) {
    if (isDirectory) yield* sourceFiles(base, `${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}

/** The imports of files below a folder that name another file, types included, as they are written. */
async function readWritten(base: string, folder: string): Promise<Edge[]> {
  const edges: Edge[] = [];
  for await (const from of sourceFiles(base, folder)) {
    const text = blankComments(await Deno.readTextFile(new URL(from, base)));
    for (
      const { 1: path = "", index } of text.matchAll(/^(?:import|export|\})[^;"`]*? from "(\.[^"]+)";$/gm)
    ) {
      const to = new URL(path, new URL(from, base)).href.slice(base.length);
      edges.push({ from, to, typeOnly: false, line: text.slice(0, index).split("\n").length });
    }
  }
  return edges;
}

async function main(): Promise<boolean> {
  const base = new URL("../", import.meta.url).href;
  const graphs = await Promise.all(ROOTS.map((root) => readGraph(base, root)));
  const reached = new Set(graphs.flatMap(({ files }) => files));
  // A file that both roots reach is listed twice.
  const edges = [
    ...new Map(graphs.flatMap((graph) => graph.edges).map((edge) => [JSON.stringify(edge), edge])).values(),
  ];
  const further = (await Promise.all(FURTHER.map((folder) => readWritten(base, folder)))).flat();
  const faults = [
    ...findImportFaults(edges),
    ...findUnusedPermits(edges),
    ...findCycles([...edges, ...further]),
  ];
  const sources = [...ROOTS, ...await Array.fromAsync(sourceFiles(base, "src/"))];
  for (const file of sources.sort()) {
    faults.push(...findEffectFaults(file, await Deno.readTextFile(new URL(file, base))));
    if (!reached.has(file)) faults.push(`${file}: is reached by neither ${ROOTS.join(" nor ")}`);
  }
  const encoder = new TextEncoder();
  const summary = `${reached.size} files, ${edges.length} imports, ${faults.length} faults`;
  await Deno.stderr.write(encoder.encode([...faults, summary, ""].join("\n")));
  return faults.length === 0;
}

if (import.meta.main) Deno.exit(await main() ? 0 : 1);

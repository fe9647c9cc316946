/**
 * Keeps the rooms of `src/` apart: who may import whom, no cycles (type imports included), and effects only in the
 * files that are meant to have them. Reads the module graph of `deno info` for main.ts and mod.ts, so that scripts and
 * tests are free to reach for whatever they need. Anything that the tables below do not list is a fault.
 */

/**
 * Who may import whom. The key is a folder or a file; a file's entry adds to that of its folder. A value is a folder,
 * a file, or `type` and one of both where nothing but its types may be used. Inside its own folder everybody is free.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["src/no_debug.ts", "src/cli/mod.ts", "src/cli/prompt.ts", "src/cli/terminal.ts"],
  "mod.ts": ["src/client", "src/config", "src/errors.ts", "src/service.ts", "type src/store"],

  "src/async": [],
  "src/errors.ts": [],
  "src/histogram.ts": [],
  "src/stats.ts": ["src/histogram.ts"],
  "src/log.ts": ["src/log_level.ts", "src/log_queue.ts", "src/okx/redact.ts"],
  "src/log_level.ts": [],
  "src/log_queue.ts": [],
  "src/system": ["src/log.ts", "type src/stats.ts"],
  "src/version.ts": ["deno.json"],
  "src/redis_url.ts": ["src/http_address.ts"],
  "src/file_text.ts": [],
  "src/proxy.ts": [],
  "src/identity.ts": ["src/redis_url.ts"],
  "src/http_address.ts": [],
  "src/okx": ["src/errors.ts"],
  "src/event.ts": ["type src/okx"],
  "src/session": [
    "src/proxy.ts",
    "src/okx",
    "src/event.ts",
    "src/async",
    "src/errors.ts",
    "src/stats.ts",
    "src/log.ts",
  ],
  "src/store": [
    ...["src/okx", "src/event.ts", "src/async", "src/errors.ts", "src/stats.ts", "src/histogram.ts"],
  ],
  "src/store/redis.ts": ["src/log.ts", "src/redis_url.ts"],
  "src/store/connect.ts": ["type src/redis_url.ts", "src/file_text.ts"],
  "src/store/subscriber.ts": ["type src/redis_url.ts"],
  "src/store/cluster_link.ts": ["src/redis_url.ts"],
  "src/embedded": ["src/async"],
  // A key and a signature are not facts about the exchange; everything else the stand-in knows by itself.
  "src/mock": ["src/okx/hmac.ts"],
  // Keys, because a reply's name is built where all names are built.
  "src/control": [
    "type src/okx/topic.ts",
    "src/okx/redact.ts",
    "src/store/keys.ts",
    ...["type src/store/store.ts", "type src/store/write.ts"],
    "src/errors.ts",
    "src/log.ts",
  ],
  "src/http": [
    "src/identity.ts",
    "src/histogram.ts",
    "src/http_address.ts",
    "type src/stats.ts",
    "type src/event.ts",
  ],
  "src/http/logins.ts": ["src/log.ts", "src/async"],
  // The listener hears of failures that no request is answered with.
  "src/http/server.ts": ["src/log.ts", "src/async"],
  "src/client": [
    "src/store",
    "src/control/command.ts",
    ...["src/okx/channels.ts", "src/okx/legacy.ts", "src/okx/v3_channels.ts", "src/okx/topic.ts"],
    ...["src/okx/topic_v3.ts", "src/okx/exact_json.ts"],
    "src/errors.ts",
  ],
  "src/config": [
    ...["src/okx", "src/errors.ts", "src/redis_url.ts", "src/http_address.ts", "src/log_level.ts"],
    "src/file_text.ts",
  ],
  "src/config_notes.ts": ["src/log.ts"],
  "src/layout.ts": [
    ...["src/store", "type src/config", "type src/event.ts", "src/log.ts", "type src/stats.ts"],
  ],
  "src/find_redis.ts": ["src/embedded", "src/errors.ts", "src/log.ts", "src/redis_url.ts"],
  "src/wanted.ts": [
    "src/config",
    "src/control",
    "src/errors.ts",
    "src/log.ts",
    "src/okx",
    "type src/session",
    "type src/store",
    "src/store/refusals.ts",
  ],
  "src/upkeep.ts": [
    ...["src/store", "src/presence.ts", "src/record_presence.ts", "type src/layout.ts", "src/log.ts"],
  ],
  "src/presence.ts": ["src/store", "type src/layout.ts"],
  "src/record_presence.ts": ["src/store", "type src/layout.ts", "src/log.ts"],
  "src/comparison.ts": ["type src/upkeep.ts", "src/errors.ts"],
  "src/inheritance.ts": [
    ...["type src/upkeep.ts", "type src/wanted.ts"],
    ...["src/store", "src/async", "src/errors.ts", "src/log.ts"],
  ],
  // Rows for the pages: what the store's readers and the client's watches find for a path.
  "src/live_rows.ts": ["src/store", "src/client/watch.ts", "src/okx", "type src/http"],
  "src/service.ts": [
    "src/identity.ts",
    ...["src/wanted.ts", "src/layout.ts", "src/upkeep.ts", "src/comparison.ts", "src/inheritance.ts"],
    "src/find_redis.ts",
    ...["src/async", "src/okx", "src/errors.ts", "src/stats.ts", "src/event.ts", "src/log.ts"],
    ...["src/version.ts", "src/session", "src/store", "src/embedded", "src/control", "src/http"],
    ...["src/client", "src/config", "src/redis_url.ts", "src/http_address.ts", "src/live_rows.ts"],
  ],
  // The exchange's clock, and questions that only the doctor asks.
  // The plan is made by what places connections in earnest.
  "src/cli/check/plan.ts": ["src/session/place.ts"],
  "src/cli/doctor/exchange.ts": ["src/okx/rest.ts"],
  "src/cli/doctor/way.ts": ["src/session/socket.ts"],
  "src/cli/doctor/login.ts": [
    ...["src/session/socket.ts", "src/okx/codec.ts", "src/okx/login_hint.ts", "src/okx/sign.ts"],
  ],
  "src/cli/doctor/redis.ts": ["src/store/inspect.ts", "src/store/keys.ts", "src/store/refusals.ts"],
  "src/store/inspect.ts": ["src/redis_url.ts"],
  "src/cli": [
    ...[
      "src/proxy.ts",
      "src/identity.ts",
      "src/service.ts",
      "src/client",
      "src/config",
      "src/config_notes.ts",
      "src/log.ts",
      "src/mock",
      "src/embedded",
    ],
    ...["src/system", "src/http_address.ts", "type src/log_queue.ts", "type src/control/command.ts"],
    // What a person is shown: which error deserves which exit code, the version, and rows and paths by their types.
    ...["src/errors.ts", "src/version.ts", "src/async", "type src/store", "type src/okx"],
    // The rights that a service and its clients need of Redis.
    "src/store/acl.ts",
    ...["src/okx/endpoints.ts", "src/okx/topic.ts", "src/okx/topic_v3.ts", "src/redis_url.ts"],
    ...["src/histogram.ts", "src/okx/redact.ts", "src/okx/suggest.ts"],
  ],
};

/** An effect, how it looks in the source, and the files that may have it. */
type Effect = { readonly what: string; readonly pattern: RegExp; readonly only: readonly string[] };

const EFFECTS: readonly Effect[] = [
  { what: "new WebSocket", pattern: /\bnew\s+WebSocket(Stream)?\s*\(/, only: ["src/session/socket.ts"] },
  {
    what: "fetch",
    pattern: /(?<![\w.#$])fetch\s*\(|\bglobalThis\.fetch\b/,
    only: ["src/okx/rest.ts", "src/cli/health.ts"],
  },
  { what: "Deno.serve", pattern: /\bDeno\.serve\b/, only: ["src/http/server.ts", "src/mock/server.ts"] },
  { what: "Deno.exit", pattern: /\bDeno\.exit\b/, only: ["main.ts"] },
  { what: "console", pattern: /(?<![\w.#$])console\s*\.|\bglobalThis\.console\b/, only: ["main.ts"] },
  { what: "Deno.env", pattern: /\bDeno\.env\b/, only: ["main.ts", "src/no_debug.ts", "src/config/load.ts"] },
];

/** Packages that one folder alone may import; types may be named elsewhere. */
const PACKAGES: Readonly<Record<string, string>> = { "npm:ioredis": "src/store" };

const ROOTS = ["main.ts", "mod.ts"];

/** An import of one file by another; names are relative to the root of the project, or as written for packages. */
export type Edge = {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly line: number;
};

/** What a person is told: where, what, and which rule. */
export function findImportFaults(edges: readonly Edge[]): string[] {
  return edges.flatMap((edge) => {
    const { from, to, typeOnly, line } = edge;
    const owner = Object.entries(PACKAGES).find(([name]) => to === name || to.startsWith(`${name}@`));
    if (owner !== undefined && !typeOnly && !isBelow(from, owner[1])) {
      return [`${from}:${line}: imports ${owner[0].slice(4)}: only files below ${owner[1]}/ may`];
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

/** Effects in a file that is not meant to have them. */
export function findEffectFaults(file: string, text: string): string[] {
  return blankComments(text).split("\n").flatMap((line, i) =>
    EFFECTS.filter(({ pattern, only }) => !only.includes(file) && pattern.test(line))
      .map(({ what, only }) => `${file}:${i + 1}: uses ${what}: only ${only.join(" and ")} may`)
  );
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

/** The folder below `src/`, or the file itself where it stands at the top. */
function roomOf(file: string): string {
  const [top, room] = file.split("/");
  return top === "src" && room !== undefined ? `src/${room}` : file;
}

function rulesOf(file: string): readonly string[] | undefined {
  const room = MAY_IMPORT[roomOf(file)];
  return room === undefined || roomOf(file) === file ? room : [...room, ...MAY_IMPORT[file] ?? []];
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

async function main(): Promise<boolean> {
  const base = new URL("../", import.meta.url).href;
  const graphs = await Promise.all(ROOTS.map((root) => readGraph(base, root)));
  const reached = new Set(graphs.flatMap(({ files }) => files));
  // A file that both roots reach is listed twice.
  const edges = [
    ...new Map(graphs.flatMap((graph) => graph.edges).map((edge) => [JSON.stringify(edge), edge])).values(),
  ];
  const faults = [...findImportFaults(edges), ...findCycles(edges)];
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

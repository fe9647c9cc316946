/**
 * Keeps the rooms of `src/` and the page of `web/` apart: who may import whom, no circles of files, of folders or of rooms
 * (type imports included), and effects only in the files that are meant to have them. Reads the module graph of `deno info`
 * for main.ts and mod.ts, so that scripts and tests are free to reach for whatever they need; but for circles of files, which
 * nothing may have. Anything that the tables here and in effects.ts do not list is a fault, and so is a permit that nobody
 * uses.
 */
import { findEffectFaults, findUnusedEffectPermits, isBelow, PACKAGES } from "./effects.ts";
import { findImports } from "./syntax.ts";

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
  "src/mock": ["src/shared/accept_websocket.ts"],

  "src/session": ["src/okx", "src/model", "src/shared", "src/logging"],
  "src/session/subscriptions": [],
  "src/session/recovery": ["src/session/subscriptions"],
  "src/session/connection": ["src/session/subscriptions", "src/session/recovery"],
  "src/session/handover": ["type src/session/connection"],
  "src/session/standby": ["src/session/recovery", "type src/session/connection"],
  "src/session/server.ts": ["type src/session", "src/session/recovery"],
  "src/session/server_parts.ts": ["src/session/recovery", "src/session/standby"],
  "src/session/server_view.ts": ["type src/session/subscriptions"],
  "src/session/server_events.ts": ["type src/session"],
  "src/session/connection_pool.ts": ["src/session/connection", "src/session/handover", "type src/session"],
  "src/session/desired_subscription.ts": ["type src/session/connection"],
  "src/session/server_registry.ts": [
    ...["src/session/recovery", "src/session/connection/timing.ts"],
    ...["type src/session/connection", "type src/session/standby"],
  ],

  "src/store": ["src/okx", "src/model", "src/shared"],
  "src/store/store.ts": ["type src/store/write"],
  // Knows no Redis: from writes to commands it is a matter of src/store/redis.
  "src/store/write": [],
  "src/store/layout": ["src/store/write", "type src/store/store.ts"],
  "src/store/read": ["src/store/layout", "src/store/write", "type src/store/store.ts"],
  "src/store/redis": ["src/store/write", "type src/store/store.ts", "src/store/layout/keys.ts"],
  "src/store/redis/redis_store.ts": ["src/logging"],
  "src/store/redis/batch/prepend_rows.ts": ["src/logging"],
  "src/store/redis/batch/refusal_log.ts": ["src/logging"],
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
    ...["src/cli/shared", "src/cli/terminal", "src/cli/i18n"],
  ],
  // What several commands need, in the order of these three; commands import each other freely, but in no circle.
  "src/cli/shared": ["src/cli/terminal", "src/cli/i18n"],
  "src/cli/terminal": ["src/cli/i18n"],
  "src/cli/i18n": [],
  // The plan is made by what the service itself assigns subscriptions with.
  "src/cli/check/plan.ts": ["src/session/placement.ts"],
  // The doctor tries what the service would do.
  "src/cli/doctor/login.ts": ["src/session/connection/socket.ts"],
  "src/cli/doctor/way.ts": ["src/session/connection/socket.ts"],
  "src/cli/doctor/exchange.ts": ["src/session/connection/trouble.ts"],
  "src/cli/doctor/redis.ts": [
    ...["src/store/layout/keys.ts", "src/store/redis/inspect.ts"],
    "src/store/redis/lease/holder.ts",
  ],

  // The page: what it is sent, and what it says as the service does.
  "web": [
    ...["type src/http", "src/http/instruments.ts", "type src/control/command.ts"],
    ...["src/okx/account_lists.ts", "src/okx/channels.ts", "src/okx/upper_case.ts"],
    ...["src/shared/elapsed.ts", "src/shared/messages", "src/shared/row_tables.ts"],
  ],
};

/** Rooms whose folders only sort their files: between these, imports may run both ways. */
const SORTED: readonly string[] = ["src/okx", "src/store/redis", "src/embedded", "src/mock"];

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
    if (owner !== undefined && !typeOnly && !owner[1].some((folder) => isBelow(from, folder))) {
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
  return Object.entries(MAY_IMPORT).flatMap(([folder, rules]) =>
    rules.filter((rule) =>
      !edges.some(({ from, to }) =>
        isBelow(from, folder) && isBelow(to, rule.replace(/^type /, "")) && roomOf(from) !== roomOf(to)
      )
    ).map((rule) => `scripts/check_imports.ts: ${folder} may import ${rule}, but does not: remove it`)
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

/** One line for each knot of rooms that import each other, types included: between two rooms the arrow runs one way. */
export function findRoomCycles(edges: readonly Edge[]): string[] {
  const rooms = edges.map((edge) => ({ ...edge, from: roomOf(edge.from), to: roomOf(edge.to) }));
  return findCycles(rooms.filter(({ from, to }) => from !== to));
}

/** One line for each knot of folders of `src/` that import each other, types included, but for those of {@link SORTED}. */
export function findFolderCycles(edges: readonly Edge[]): string[] {
  const folderOf = (file: string) =>
    SORTED.find((room) => isBelow(file, room)) ?? file.slice(0, Math.max(0, file.lastIndexOf("/")));
  const folders = edges.filter(({ from, to }) => from.startsWith("src/") && to.startsWith("src/"))
    .map((edge) => ({ ...edge, from: folderOf(edge.from), to: folderOf(edge.to) }));
  return findCycles(folders.filter(({ from, to }) => from !== to));
}

/** The innermost folder with a key in the table, or the file itself where there is none. */
function roomOf(file: string): string {
  const rooms = Object.keys(MAY_IMPORT).filter((room) => !room.endsWith(".ts") && isBelow(file, room));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? file;
}

/** What the table allows a file: by itself, and by each folder that it is in; undefined where it has no entry. */
function rulesOf(file: string): readonly string[] | undefined {
  const found = Object.entries(MAY_IMPORT).filter(([folder]) => isBelow(file, folder));
  return found.length === 0 ? undefined : found.flatMap(([, rules]) => rules);
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
    for (const { path, typeOnly, line } of findImports(await Deno.readTextFile(new URL(from, base)))) {
      if (!path.startsWith(".")) continue;
      const to = new URL(path, new URL(from, base)).href.slice(base.length);
      edges.push({ from, to, typeOnly, line });
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
  const page = further.filter(({ from }) => from.startsWith("web/"));
  const faults = [
    ...findImportFaults([...edges, ...page]),
    ...findUnusedPermits([...edges, ...page]),
    ...findCycles([...edges, ...further]),
    ...findRoomCycles([...edges, ...page]),
    ...findFolderCycles(edges),
  ];
  const sources = [...ROOTS, ...await Array.fromAsync(sourceFiles(base, "src/"))];
  const texts = new Map<string, string>();
  for (const file of sources.sort()) {
    const text = await Deno.readTextFile(new URL(file, base));
    texts.set(file, text);
    faults.push(...findEffectFaults(file, text));
    if (!reached.has(file)) faults.push(`${file}: is reached by neither ${ROOTS.join(" nor ")}`);
  }
  faults.push(...findUnusedEffectPermits(texts));
  const encoder = new TextEncoder();
  const summary = `${reached.size} files, ${edges.length} imports, ${faults.length} faults`;
  await Deno.stderr.write(encoder.encode([...faults, summary, ""].join("\n")));
  return faults.length === 0;
}

if (import.meta.main) Deno.exit(await main() ? 0 : 1);

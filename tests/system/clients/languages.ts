/**
 * The clients in other languages, each as a program that does what it is asked on its input and prints what comes of it, so
 * that one suite holds for all of them. How they are asked is said in `clients/python/tests/probe.py`.
 */
import assert from "node:assert/strict";
import { type Child, runChild, startChild } from "../../support/child.ts";
import type { Need } from "../../support/needs.ts";

/** One client. */
export type Language = {
  readonly name: string;
  readonly needs: readonly Need[];
  /** The words that start its program, and what it needs in its environment. */
  command(): Promise<
    { readonly words: readonly [string, ...string[]]; readonly env: Record<string, string> }
  >;
};

/** Settings of a client as its constructor takes them. */
export type ClientSettings = Readonly<Record<string, string | number>>;

/** A method with its arguments by place and by name. */
export type Request = readonly [
  method: string,
  args: readonly unknown[],
  named: Readonly<Record<string, unknown>>,
];

/** What a request came to. */
export type Answer = {
  readonly value?: unknown;
  readonly error?: string;
  readonly message?: string;
  readonly code?: number | null;
};

/** What a follower prints. */
export type Followed =
  & { readonly row?: Readonly<Record<string, string>>; readonly id?: string }
  & { readonly missed?: number | null; readonly why?: string };

const CLIENTS = new URL("../../../clients/", import.meta.url).pathname;

/** What a Python program needs in its environment to find the client. */
export const PYTHON: Readonly<Record<string, string>> = {
  PYTHONPATH: [`${CLIENTS}python/src`, Deno.env.get("PYTHONPATH") ?? ""].filter((path) => path !== "").join(
    ":",
  ),
  PYTHONDONTWRITEBYTECODE: "1",
};

/** What Go needs to compile without asking any server for a module. */
export const GO: Readonly<Record<string, string>> = {
  ...{ GOFLAGS: "-mod=readonly -buildvcs=false", GOPROXY: "off", GOTOOLCHAIN: "local" },
};

function python(kind: "sync" | "async"): Language {
  return {
    name: kind === "sync" ? "Python" : "Python, asyncio",
    needs: ["redis-py"],
    command: () =>
      Promise.resolve({ words: ["python3", `${CLIENTS}python/tests/probe.py`, kind], env: PYTHON }),
  };
}

const go: Language = {
  name: "Go",
  needs: ["go-redis"],
  command: async () => ({ words: [await (building ??= buildGo())], env: {} }),
};

let building: Promise<string> | undefined;

async function buildGo(): Promise<string> {
  const folder = new URL("../../../.cache/clients/", import.meta.url).pathname;
  await Deno.mkdir(folder, { recursive: true });
  // Another worker may be running what stands under the name.
  const [name, file] = [`${folder}probe`, `${folder}probe-${crypto.randomUUID()}`];
  const built = await runChild("go", ["build", "-o", file, "./probe"], {
    ...{ cwd: `${CLIENTS}go`, env: GO, timeoutMs: 180_000 },
  });
  assert.equal(built.code, 0, built.stderr);
  await Deno.rename(file, name);
  return name;
}

export const LANGUAGES: readonly Language[] = [python("sync"), python("async"), go];

const typescript: Language = {
  name: "TypeScript",
  needs: [],
  command: () => {
    const rights = ["--allow-net", "--allow-env", "--allow-read", "--allow-sys"];
    const program = new URL("probe.ts", import.meta.url).pathname;
    return Promise.resolve({
      words: [Deno.execPath(), "run", "--quiet", "--no-check", ...rights, program],
      env: {},
    });
  },
};

/** All that follow: the library, too. */
export const FOLLOWERS: readonly Language[] = [...LANGUAGES, typescript];

/** Does what is asked, one after the other. */
export async function ask(
  language: Language,
  url: string,
  settings: ClientSettings,
  requests: readonly Request[],
): Promise<Answer[]> {
  const { words: [program, ...args], env } = await language.command();
  const stdin = requests.map((request) => `${JSON.stringify(request)}\n`).join("");
  const ran = await runChild(program, [...args, url, JSON.stringify(settings)], {
    ...{ name: language.name, env, stdin },
  });
  assert.equal(ran.code, 0, ran.stderr);
  return ran.stdout.trim().split("\n").map((line) => JSON.parse(line) as Answer);
}

/** Follows a path until it is disposed of. `after`: as the client takes it; the empty text: from now on. */
export async function follow(
  language: Language,
  url: string,
  settings: ClientSettings,
  { path, after = "" }: { readonly path: string; readonly after?: string },
): Promise<AsyncDisposable & { readonly child: Child; items(): Followed[] }> {
  const { words: [program, ...args], env } = await language.command();
  const name = `${language.name}: follow ${path}`;
  const child = startChild(program, [...args, url, JSON.stringify(settings), "follow", path, after], {
    ...{ name, env },
  });
  const items: Followed[] = [];
  return {
    child,
    items() {
      assert.equal(child.code(), undefined, child.stderr.join("\n"));
      for (const line of child.stdout.slice(items.length)) items.push(JSON.parse(line) as Followed);
      return items;
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

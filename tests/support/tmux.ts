/** A real terminal for tests: a tmux server of the test's own, with the program in its only pane. */
import { definedOf } from "./child.ts";
import { commandLine } from "./program.ts";
import { testWith } from "./needs.ts";
import { waitFor } from "./wait.ts";

/** Deadline of everything that is waited for; a loaded machine takes seconds to start a program. */
const DEADLINE_MS = 30_000;

/** What is on the screen, and ways to change it. Disposing ends the program and the terminal. */
export type Pane = AsyncDisposable & {
  /** Process id of the shell that runs the program. */
  readonly pid: number;
  /** Keys by their names in tmux (`Down`, `PageDown`, `Escape`, `C-c`) or characters. */
  press(...keys: string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** The lines on the screen; with colours as escape sequences. */
  lines(options?: { colours?: boolean }): Promise<string[]>;
  /** A value of the terminal itself, e.g. `#{alternate_on}`. */
  ask(format: string): Promise<string>;
  /** The screen as soon as it matches. */
  waitFor(what: string | RegExp): Promise<string>;
  /** The exit code of the program, as soon as it has ended. */
  ended(): Promise<number>;
};

/** How the terminal starts. */
export type PaneOptions = {
  readonly columns?: number;
  readonly rows?: number;
  /** An undefined one is not set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
};

let count = 0;

/** Runs the program in a terminal. When it has ended the terminal stays, and shows the exit code and its own modes. */
export async function startPane(args: readonly string[], options: PaneOptions = {}): Promise<Pane> {
  const { columns = 120, rows = 30, env = {} } = options;
  const socket = `okws-test-${Deno.pid}-${++count}`;
  const tmux = async (...words: string[]): Promise<string> => {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-u", "-L", socket, "-f", "/dev/null", ...words],
      env: { LC_ALL: "C.UTF-8", TERM: "xterm-256color" },
    }).output();
    if (!success) throw new Error(`tmux ${words[0]}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  };
  const inherited = Object.keys(Deno.env.toObject()).filter((name) =>
    /^(OKWS_|FORCE_COLOR$|NO_COLOR$)/.test(name)
  );
  const given = Object.entries(definedOf({ OKWS_CONFIG: "", OKWS_LANG: "en", TZ: "UTC", ...env })).map((
    [name, value],
  ) => `${name}=${quote(value)}`);
  const program = [
    ...["env", ...inherited.flatMap((name) => ["-u", name])],
    ...given,
    ...commandLine(args).map(quote),
  ];
  // `cat` keeps the terminal open, and what the program left of its modes is on the screen.
  const script = `${
    program.join(" ")
  }; echo "[exit $?]"; stty -a | grep -o -e '-\\?icanon' -e ' -\\?echo '; exec cat`;
  const size = ["-x", String(columns), "-y", String(rows)];
  const at = options.cwd === undefined ? [] : ["-c", options.cwd];
  await tmux("new-session", "-d", "-s", "main", ...at, ...size, "sh", "-c", script);
  const pid = Number(await tmux("display-message", "-p", "-t", "main", "#{pane_pid}"));
  const lines = async ({ colours = false } = {}) =>
    (await tmux("capture-pane", "-p", "-t", "main", ...(colours ? ["-e"] : []))).split("\n");
  const pane: Pane = {
    pid,
    lines,
    async press(...keys) {
      await tmux("send-keys", "-t", "main", ...keys);
    },
    async resize(toColumns, toRows) {
      await tmux("resize-window", "-t", "main", "-x", String(toColumns), "-y", String(toRows));
    },
    ask: async (format) => (await tmux("display-message", "-p", "-t", "main", format)).trimEnd(),
    async waitFor(what) {
      let screen = "";
      try {
        return await waitFor(`${what} on the screen`, async () => {
          screen = (await lines()).join("\n");
          return (typeof what === "string" ? screen.includes(what) : what.test(screen)) && screen;
        }, { deadlineMs: DEADLINE_MS, everyMs: 50 }) as string;
      } catch (error) {
        throw new Error(`${error instanceof Error ? error.message.slice(0, 100) : error}\n${screen}`);
      }
    },
    async ended() {
      const screen = await pane.waitFor(/\[exit \d+\]\n\s*-?icanon/);
      return Number(/\[exit (\d+)\]/.exec(screen)?.[1]);
    },
    async [Symbol.asyncDispose]() {
      await tmux("kill-server").catch(() => {});
    },
  };
  return pane;
}

/** A test that needs a terminal and a Redis. */
export function terminalTest(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  testWith(["tmux", "redis-server"], name, fn);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** `okws upgrade --check`: asks the project's releases page whether there is a newer version. Nothing else ever asks it. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { MessageError, NoServiceError } from "../../shared/errors.ts";
import { VERSION } from "../../shared/version.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import { keyed, translator } from "../i18n/translate.ts";
import type { Io } from "../terminal/io.ts";
import { safeText } from "../terminal/text.ts";

/** Where the newest release is described. */
const RELEASES = "https://api.github.com/repos/oscnet/okws/releases/latest";

/** Longest answer that is read. */
const MAX_CHARACTERS = 1_000_000;

type Flags = {
  readonly check?: true | undefined;
  readonly url: string;
  readonly timeout: string;
  readonly json?: true | undefined;
};

/** The newest release; undefined: there is none. */
type Release = { readonly version: string; readonly page: string } | undefined;

/** Returns the command, for the help and the parser. */
export function upgradeCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("upgrade").description(t("upgrade.about"));
  addHelp(command, {
    about: "upgrade.help",
    examples: ["okws upgrade --check", "okws upgrade --check --json"],
    exits: {
      0: "upgrade.exit_done",
      1: "upgrade.exit_newer",
      2: "exit.usage",
      3: "upgrade.exit_unreachable",
    },
  });
  return command
    .option("--check", t("upgrade.check"))
    .option("--url <url>", t("upgrade.url"), RELEASES)
    .option("--json", t("upgrade.json"))
    .option("--timeout <ms>", t("upgrade.timeout"), "5000")
    .action(async (flags) => exit(await runUpgrade(flags, io)));
}

async function runUpgrade({ check, url, timeout, json }: Flags, io: Io): Promise<number> {
  if (!check) throw new UsageError(keyed("upgrade.only_check"));
  const ms = Number(timeout);
  if (!Number.isInteger(ms) || ms < 1) {
    throw new UsageError(keyed("option.timeout_value", { value: timeout }));
  }
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) throw new UsageError(keyed("upgrade.url_form"));
  const release = await newestRelease(parsed, ms);
  const t = translator(io);
  const isNewer = release !== undefined && compareVersions(release.version, VERSION) > 0;
  if (json) {
    io.print(
      JSON.stringify({
        version: VERSION,
        newest: release?.version ?? null,
        newer: isNewer,
        page: release?.page ?? null,
      }),
    );
  } else if (release === undefined) io.print(t("upgrade.no_release", { version: VERSION }));
  else if (!isNewer) io.print(t("upgrade.newest", { version: VERSION }));
  else io.print(t("upgrade.newer", { version: VERSION, newest: release.version, page: release.page }));
  return isNewer ? EXIT.failed : EXIT.done;
}

/** Rejects with NoServiceError where nobody says it within `ms`. */
async function newestRelease(url: URL, ms: number): Promise<Release> {
  const signal = AbortSignal.timeout(ms);
  try {
    const response = await fetch(url, { signal, headers: { accept: "application/json" } });
    const text = await readText(response);
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw new MessageError(keyed("upgrade.status", { status: response.status }));
    return parseRelease(text);
  } catch (error) {
    const reason = signal.aborted
      ? keyed("redis.no_answer_within", { ms })
      : error instanceof MessageError && error.text !== undefined
      ? error.text
      : keyed("upgrade.unreachable");
    throw new NoServiceError(keyed("upgrade.cannot_ask", { host: url.host, reason }));
  }
}

async function readText(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > MAX_CHARACTERS) throw new MessageError(keyed("upgrade.unreadable"));
  }
  return text;
}

/** Reads what the page says of a release: its tag is the version with a `v`. */
export function parseRelease(text: string): Release {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MessageError(keyed("upgrade.unreadable"));
  }
  const { tag_name: tag, html_url: page } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const version = /^v?(\d+\.\d+\.\d+[\w.-]{0,30})$/.exec(typeof tag === "string" ? tag : "")?.[1];
  if (version === undefined) throw new MessageError(keyed("upgrade.unreadable"));
  return { version, page: typeof page === "string" ? safeText(page).slice(0, 300) : "" };
}

/** Compares two versions by their three numbers, as a sort function does; one with a suffix comes before the one without. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(/[.-]/, 3).map(Number)) as [number[], number[]];
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(other.includes("-")) - Number(one.includes("-"));
}

/** `okws health`: asks a running service over HTTP how it is; for container health checks and scripts without curl. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../../config/load.ts";
import { NoServiceError } from "../../shared/errors.ts";
import { parseHttpAddress } from "../../shared/http_address.ts";
import { INSTANCE_HEADER, SERVICE_HEADER, serviceId } from "../../shared/identity.ts";
import { getDirectly, isHere, NO_HTTP } from "./direct.ts";
import { EXIT, UsageError } from "../exit.ts";
import { teach } from "../help.ts";
import type { Io } from "../terminal/io.ts";

/** What one may give instead of writing it into the file. */
type Flags = {
  readonly config?: string | undefined;
  readonly url?: string | undefined;
  readonly live?: true | undefined;
  readonly timeout?: string | undefined;
};

/** Longest answer that is read. */
const MAX_CHARACTERS = 8192;

/** The command, for the help and the parser. */
export function healthCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("health").description(
    "ask a running service whether all that is wanted is fresh",
  );
  teach(command, {
    about: "It asks the address of HTTP: /readyz, or /livez with --live. Reasons are printed on stderr.\n" +
      "Only an answer of okws counts; with -c only one of the service that the file describes, by its Redis, KEY_PREFIX\n" +
      "and LISTEN_CHANNEL. A loopback address is asked without a proxy.",
    examples: [
      "okws health",
      ["okws health --live", "only whether the process answers"],
      "okws health --url http://127.0.0.1:8787",
    ],
    exits: {
      0: "healthy",
      1: "not healthy",
      2: "wrong usage or configuration",
      3: "no okws answers there, or not that of the file",
    },
  });
  return command
    .option("-c, --config <file>", "configuration file, whose HTTP is asked")
    .option("--url <url>", "where health is served, instead of HTTP")
    .option("--live", "ask whether it runs, not whether its data is fresh")
    .option("--timeout <ms>", "longest wait for the answer", "5000")
    .action(async (flags) => exit(await runHealth(flags, io)));
}

async function runHealth(flags: Flags, io: Io): Promise<number> {
  const timeout = Number(flags.timeout);
  if (!Number.isInteger(timeout) || timeout < 1) {
    throw new UsageError(`--timeout is a number of milliseconds: ${flags.timeout}`);
  }
  const base = flags.url ?? await addressOf(flags, io);
  const url = URL.parse(flags.live ? "/livez" : "/readyz", base);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    // Not shown: it may hold a password.
    throw new UsageError("--url is an http:// URL, as in http://127.0.0.1:8787");
  }
  const { ok, text, headers } = await ask(url, timeout);
  await assertIsOurs(url, headers, flags, io);
  if (ok) io.print(text.trim() || "ok");
  else for (const line of text.trim().split("\n")) io.note(`okws: ${line}`);
  return ok ? EXIT.done : EXIT.failed;
}

/** Where the configuration serves health. An address that stands for all of the machine's is asked on the loopback. */
async function addressOf({ config }: Flags, io: Io): Promise<string> {
  const { settings } = await loadConfig({ file: config, environment: io.environment, only: "settings" });
  if (settings.HTTP.toLowerCase() === "off") {
    throw new UsageError("HTTP is off, so health is not served; give HTTP an address such as 127.0.0.1:8787");
  }
  const { hostname, port } = parseHttpAddress(settings.HTTP);
  const host = hostname === "0.0.0.0" ? "127.0.0.1" : hostname === "::" ? "::1" : hostname;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

type Answered = { readonly ok: boolean; readonly text: string; readonly headers: Headers };

/** No proxy stands between a machine and itself. */
async function ask(url: URL, timeout: number): Promise<Answered> {
  const signal = AbortSignal.timeout(timeout);
  try {
    if (await isHere(url)) {
      const { status, text, headers } = await getDirectly(url, signal);
      return { ok: status === 200, text: text.slice(0, MAX_CHARACTERS), headers };
    }
    const response = await fetch(url, { signal, redirect: "error" });
    const text = await response.text();
    return { ok: response.status === 200, text: text.slice(0, MAX_CHARACTERS), headers: response.headers };
  } catch (error) {
    const reason = signal.aborted
      ? `no answer within ${timeout} ms`
      : error instanceof Error && error.message === NO_HTTP
      ? NO_HTTP
      : "nothing listens there";
    throw new NoServiceError(
      `Cannot ask ${url.origin}: ${reason}; is okws running, and is HTTP its address?`,
    );
  }
}

/** Whatever else may answer at that address says nothing about this service. */
async function assertIsOurs(url: URL, headers: Headers, { config }: Flags, io: Io): Promise<void> {
  if ((headers.get(INSTANCE_HEADER) ?? "") === "") {
    throw new NoServiceError(
      `What answers at ${url.origin} is not okws, or an okws that is older than this one`,
    );
  }
  if (config === undefined) return;
  const { settings } = await loadConfig({ file: config, environment: io.environment, only: "settings" });
  if (headers.get(SERVICE_HEADER) === serviceId(settings)) return;
  throw new NoServiceError(
    `Another okws answers at ${url.origin}: its REDIS_URL, KEY_PREFIX or LISTEN_CHANNEL is not that of this file`,
  );
}

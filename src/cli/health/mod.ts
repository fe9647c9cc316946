/** `okws health`: asks a running service over HTTP how it is; for container health checks and scripts without curl. */
import { basicLogin } from "../../shared/basic_login.ts";
import { parseObject } from "../../shared/json_object.ts";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../../config/load.ts";
import { MessageError, NoServiceError } from "../../shared/errors.ts";
import { parseHttpAddress } from "../../shared/http_address.ts";
import { INSTANCE_HEADER, SERVICE_HEADER, serviceId } from "../../shared/identity.ts";
import { getDirectly, isHere } from "./direct.ts";
import { findConfigFile } from "../shared/config_file.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import type { Io } from "../terminal/io.ts";
import { keyed, type Translate, translator } from "../i18n/translate.ts";
import { renderReason } from "../terminal/reason.ts";
import { safeText } from "../terminal/text.ts";
import type { Reason } from "../../shared/reason.ts";

/** What one may give instead of writing it into the file. */
type Flags = {
  readonly config?: string | undefined;
  readonly url?: string | undefined;
  readonly live?: true | undefined;
  readonly strict?: true | undefined;
  readonly json?: true | undefined;
  readonly timeout?: string | undefined;
};

/** Longest answer that is read. */
const MAX_CHARACTERS = 256 * 1024;

/** Returns the command, for the help and the parser. */
export function healthCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("health").description(
    t("health.about"),
  );
  addHelp(command, {
    about: "health.help",
    examples: [
      "okws health",
      ["okws health --live", "health.example_live"],
      ["okws health --strict", "health.example_strict"],
      "okws health --url http://127.0.0.1:8787",
    ],
    exits: {
      0: "health.exit_done",
      1: "health.exit_failed",
      2: "exit.usage_or_config",
      3: "health.exit_no_service",
    },
  });
  return command
    .option("-c, --config <file>", t("health.config"))
    .option("--url <url>", t("health.url"))
    .option("--live", t("health.live"))
    .option("--strict", t("health.strict"))
    .option("--json", t("health.json"))
    .option("--timeout <ms>", t("health.timeout"), "5000")
    .action(async (flags) => exit(await runHealth(flags, io)));
}

async function runHealth(flags: Flags, io: Io): Promise<number> {
  const timeout = Number(flags.timeout);
  if (!Number.isInteger(timeout) || timeout < 1) {
    throw new UsageError(keyed("option.timeout_value", { value: flags.timeout ?? "" }));
  }
  const config = flags.url === undefined ? await findConfigFile(flags.config, io) : flags.config;
  const { base, login } = flags.url === undefined ? await addressOf(config, io) : parseUrl(flags.url);
  const url = new URL(flags.live ? "/livez" : "/readyz", base);
  const answered = await ask(url, timeout);
  await assertIsOurs(url, answered.headers, config, io);
  if (flags.live) return report(answered, io);
  // The password goes to nobody but a service that has shown to be the one of this file.
  const whole = login === undefined ? undefined : await ask(url, timeout, login);
  return reportReadiness(whole?.status === 401 ? answered : whole ?? answered, flags, io);
}

/** Where a service is asked, and the header of a login for it. */
type Address = { readonly base: string; readonly login?: string };

/** Reads `--url`, with user and password where it has them. */
function parseUrl(text: string): Address {
  const url = URL.parse(text);
  // Not shown: it may hold a password.
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError(keyed("health.url_form"));
  const { origin, username, password } = url;
  if (password === "") return { base: origin };
  try {
    return { base: origin, login: basicLogin(decodeURIComponent(username), decodeURIComponent(password)) };
  } catch {
    throw new UsageError(keyed("health.url_form"));
  }
}

/** Returns what is printed of an answer in lines. */
function report({ ok, text }: Answered, io: Io): number {
  if (ok) io.print(text.trim() || "ok");
  else for (const line of text.trim().split("\n")) io.note(`okws: ${translator(io).sentence(line)}`);
  return ok ? EXIT.done : EXIT.failed;
}

/** Returns what is wrong, and what was refused, a line each. */
function reportReadiness(answered: Answered, { strict, json }: Flags, io: Io): number {
  const readiness = parseReadiness(answered.text);
  // An okws that is older than this one.
  if (readiness === undefined) return report(answered, io);
  const { ready, refused, faults, warnings } = readiness;
  const isWell = ready && (!strict || refused === 0);
  if (json) io.print(JSON.stringify(readiness));
  else {
    const t = translator(io);
    const lines = [...faults, ...warnings].map((fault) => describe(fault, t));
    if (!ready && faults.length === 0) lines.push(t("health.give_password"));
    if (refused > 0 && warnings.length === 0) lines.push(t("health.refused_paths", { count: refused }));
    for (const line of lines) io.note(`okws: ${line}`);
    if (isWell) io.print("ok");
  }
  return isWell ? EXIT.done : EXIT.failed;
}

type Readiness = {
  readonly ready: boolean;
  readonly shard?: string;
  readonly refused: number;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
};

type Fault = Reason & { readonly server?: unknown; readonly path?: unknown; readonly state?: unknown };

/** Returns what `/readyz` says as JSON; undefined for anything else. */
function parseReadiness(text: string): Readiness | undefined {
  const value = parseObject(text);
  if (value === undefined) return undefined;
  const { ready, shard, refused, faults, warnings } = value;
  if (typeof ready !== "boolean") return undefined;
  const known = typeof refused === "number" ? refused : 0;
  return {
    ready,
    ...(typeof shard === "string" ? { shard } : {}),
    ...{ refused: known, faults: faultsOf(faults), warnings: faultsOf(warnings) },
  };
}

function faultsOf(value: unknown): Fault[] {
  if (!Array.isArray(value)) return [];
  return value.filter((each) => typeof each === "object" && each !== null && typeof each.message === "string")
    .map((each) => ({ ...each, code: String(each.code ?? "") }));
}

/** Returns a fault in the reader's language. */
export function describe(fault: Fault, t: Translate, now = Date.now()): string {
  const reason = renderReason(fault, t, now);
  if (typeof fault.path !== "string") return reason;
  const [server = "", path = "", state = ""] = [fault.server, fault.path, fault.state]
    .map((part) => safeText(String(part)));
  return t(
    "join.path_is_because",
    { server, path, state, reason },
  );
}

/**
 * Returns where the configuration serves health. An address that stands for all of the machine's is asked on the
 * loopback.
 */
async function addressOf(config: string | undefined, io: Io): Promise<Address> {
  const { settings } = await loadConfig({ file: config, environment: io.environment, only: "settings" });
  if (settings.HTTP.toLowerCase() === "off") {
    throw new UsageError(keyed("health.off"));
  }
  const { hostname, port } = parseHttpAddress(settings.HTTP);
  const host = hostname === "0.0.0.0" ? "127.0.0.1" : hostname === "::" ? "::1" : hostname;
  const base = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { HTTP_USER, HTTP_PASSWORD } = settings;
  return HTTP_PASSWORD === undefined ? { base } : { base, login: basicLogin(HTTP_USER, HTTP_PASSWORD) };
}

/** What is wrong comes as JSON, of an okws that is older than this one as lines. */
const ACCEPT = "application/json,text/plain;q=0.5";

type Answered = {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
};

/** No proxy stands between a machine and itself. */
async function ask(url: URL, timeout: number, login?: string): Promise<Answered> {
  const signal = AbortSignal.timeout(timeout);
  const asking = { accept: ACCEPT, ...(login === undefined ? {} : { authorization: login }) };
  try {
    if (await isHere(url)) {
      const { status, text, headers } = await getDirectly(url, signal, asking);
      return { ok: status === 200, status, text: text.slice(0, MAX_CHARACTERS), headers };
    }
    const response = await fetch(url, { signal, redirect: "error", headers: asking });
    const text = await response.text();
    const { status, headers } = response;
    return { ok: status === 200, status, text: text.slice(0, MAX_CHARACTERS), headers };
  } catch (error) {
    const reason = signal.aborted
      ? keyed("redis.no_answer_within", { ms: timeout })
      : error instanceof MessageError && error.text !== undefined
      ? error.text
      : keyed("health.nothing_listens");
    throw new NoServiceError(
      keyed("health.cannot_ask", { url: url.origin, reason }),
    );
  }
}

/** Whatever else may answer at that address says nothing about this service. */
async function assertIsOurs(url: URL, headers: Headers, config: string | undefined, io: Io): Promise<void> {
  if ((headers.get(INSTANCE_HEADER) ?? "") === "") {
    throw new NoServiceError(
      keyed("health.not_okws", { url: url.origin }),
    );
  }
  if (config === undefined) return;
  const { settings } = await loadConfig({ file: config, environment: io.environment, only: "settings" });
  if (headers.get(SERVICE_HEADER) === serviceId(settings)) return;
  throw new NoServiceError(
    keyed("health.other_okws", { url: url.origin }),
  );
}

/** `okws init`: a first configuration file, from a few questions or from flags alone. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { within } from "../../shared/async/within.ts";
import { EXIT, UsageError } from "../exit.ts";
import { teach } from "../help.ts";
import type { Io } from "../terminal/io.ts";
import { words } from "../i18n/translate.ts";
import { plainSecrets } from "../../config/secrets.ts";
import { type Answers, DEFAULTS, FROM_ENVIRONMENT, type Login, variablesOf } from "./answers.ts";
import { faultsOf } from "./faults.ts";
import { askAll, GoneError } from "./questions.ts";
import { renderConfig } from "./render.ts";

type Flags = {
  readonly server?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly subscribe?: readonly string[] | undefined;
  readonly redis?: string | undefined;
  readonly login?: boolean | undefined;
  readonly apiKey?: string | undefined;
  readonly secret?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly force?: boolean | undefined;
};

/** The command, for the help and the parser. */
export function initCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("init")
    .description("write a first configuration file, after a few questions")
    .argument("[file]", "the file to write (default: okws.yaml)")
    .option("--server <name>", "name of the connection (default: test)")
    .option(
      "--endpoint <name|url>",
      "okx, okx-eea, okx-us, okx-tr, each also with -demo, or a ws:// URL (default: okx)",
    )
    .option("--subscribe <path...>", "what to subscribe (default: tickers of BTC-USDT and ETH-USDT)")
    .option("--redis <url>", "Redis to use (default: the one of this machine, or the embedded store)")
    .option("--login", "log in with OKX_API_KEY, OKX_SECRET and OKX_PASSPHRASE of the environment")
    .option("--api-key <key>", "API key to write into the file; ${NAME} is taken from the environment")
    .option("--secret <secret>", "its secret")
    .option("--passphrase <passphrase>", "its passphrase")
    .option("-y, --yes", "ask nothing: flags and defaults hold")
    .option("--force", "replace a file that is there already")
    .action(async (file, flags) => exit(await runInit(file ?? "okws.yaml", flags, io)));
  return teach(command, {
    about:
      "Asks on a terminal; elsewhere, and with --yes, the flags and defaults hold. Never replaces a file unless told\n" +
      "so. A file that holds a secret can be read by its owner alone.",
    examples: [
      "okws init",
      ["okws init --yes --endpoint okx-eea --subscribe tickers:BTC-EUR candle1m:BTC-EUR", "no questions"],
      [
        "okws init prod.yaml --yes --login --subscribe account orders:SWAP",
        "secrets stay in the environment",
      ],
    ],
    exits: { 0: "written", 1: "not written", 2: "wrong usage" },
  });
}

async function runInit(file: string, flags: Flags, io: Io): Promise<number> {
  const t = words(io);
  if (flags.force !== true && await isThere(file)) return refuse(file, io);
  const start = fromFlags(flags);
  const faults = faultsOf(start);
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
  const { ask } = io;
  let answers = start;
  if (flags.yes !== true && ask !== undefined) {
    try {
      answers = await askAll(start, (question) => within(ask(question), io.signal), t, io.note);
    } catch (error) {
      if (!(error instanceof GoneError) && !io.signal.aborted) throw error;
      io.note("okws: nothing was written");
      return EXIT.failed;
    }
  }
  const text = renderConfig(answers, t);
  const secrets = plainSecrets(text);
  if (!await write(file, text, { isSecret: secrets.length > 0, force: flags.force === true })) {
    return refuse(file, io);
  }
  if (io.outIsTerminal) io.print(t(`${file} is written`));
  else io.print(JSON.stringify({ file, written: true, secrets, variables: variablesOf(answers) }));
  if (secrets.length > 0) {
    io.note(
      `It holds secrets (${
        secrets.join(", ")
      }), so that only you can read it; better are variables: "\${NAME}"`,
    );
  }
  const missing = variablesOf(answers).filter((name) => !io.environment[name]);
  if (missing.length > 0) io.note(`Set before the start: ${missing.join(", ")}`);
  io.note(`Next: ${io.program} check -c ${file}, then: ${io.program} serve -c ${file}`);
  return EXIT.done;
}

function fromFlags(flags: Flags): Answers {
  const { server, endpoint, subscribe, redis } = flags;
  const login = loginOf(flags);
  return {
    server: server ?? DEFAULTS.server,
    endpoint: endpoint ?? DEFAULTS.endpoint,
    redis: redis ?? DEFAULTS.redis,
    channels: subscribe ?? DEFAULTS.channels,
    login,
  };
}

function loginOf({ login, apiKey, secret, passphrase }: Flags): Login | undefined {
  const given = { apiKey: apiKey ?? "", secret: secret ?? "", password: passphrase ?? "" };
  if (Object.values(given).some((each) => each !== "")) return given;
  return login === true ? FROM_ENVIRONMENT : undefined;
}

function refuse(file: string, io: Io): number {
  io.note(`okws: ${file} is there already; --force replaces it`);
  return EXIT.failed;
}

async function isThere(file: string): Promise<boolean> {
  return await Deno.lstat(file).then(() => true, () => false);
}

/** All or nothing: an old file is replaced by a whole new one. Answers false where there is a file that nobody gave up. */
async function write(
  file: string,
  text: string,
  { isSecret, force }: { readonly isSecret: boolean; readonly force: boolean },
): Promise<boolean> {
  const mode = isSecret ? 0o600 : 0o644;
  const first = force ? `${file}.${crypto.randomUUID().slice(0, 8)}` : file;
  try {
    await Deno.writeTextFile(first, text, { createNew: true, mode });
    if (force) await Deno.rename(first, file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    if (force) await Deno.remove(first).catch(() => {});
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such folder"
      : error instanceof Deno.errors.PermissionDenied
      ? "this user may not write there"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new UsageError(`cannot write ${file}: ${reason}`);
  }
}

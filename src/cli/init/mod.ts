/** `okws init`: a first configuration file, from a few questions or from flags alone. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { within } from "../../shared/async/within.ts";
import { fileReason } from "../../shared/file_reason.ts";
import { writeUpperCase } from "../client/upper_case.ts";
import { EXIT, NotWrittenError, UsageError } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import type { Io } from "../terminal/io.ts";
import { keyed, translator } from "../i18n/translate.ts";
import { plainSecrets } from "../../config/secrets.ts";
import { type Answers, DEFAULTS, FROM_ENVIRONMENT, type Login, variablesOf } from "./answers.ts";
import { faultsOf } from "./faults.ts";
import { askAll, InputEndedError } from "./questions.ts";
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

/** Returns the command, for the help and the parser. */
export function initCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("init")
    .description(t("init.about"))
    .argument("[file]", t("init.file"))
    .option("--server <name>", t("init.server"))
    .option(
      "--endpoint <name|url>",
      t("init.endpoint"),
    )
    .option("--subscribe <path...>", t("init.subscribe"))
    .option("--redis <url>", t("init.redis"))
    .option("--login", t("init.login"))
    .option("--api-key <key>", t("init.api_key"))
    .option("--secret <secret>", t("option.secret"))
    .option("--passphrase <passphrase>", t("option.passphrase"))
    .option("-y, --yes", t("init.yes"))
    .option("--force", t("init.force"))
    .action(async (file, flags) => exit(await runInit(file ?? "okws.yaml", flags, io)));
  return addHelp(command, {
    about: "init.help",
    examples: [
      "okws init",
      ["okws init --yes --endpoint okx-eea --subscribe tickers:BTC-EUR candle1m:BTC-EUR", "init.example_yes"],
      [
        "okws init prod.yaml --yes --login --subscribe account orders:SWAP",
        "init.example_login",
      ],
    ],
    exits: { 0: "init.exit_written", 1: "init.exit_not_written", 2: "exit.usage" },
  });
}

/** Asks and writes; resolves with an exit code. Rejects with UsageError and NotWrittenError. */
export async function runInit(file: string, flags: Flags, io: Io): Promise<number> {
  const t = translator(io);
  if (flags.force !== true && await isThere(file)) return refuse(file, io);
  const start = fromFlags(flags);
  const faults = faultsOf(start);
  if (faults.length > 0) {
    const lines = faults.map(({ option, text }) =>
      option === "" ? t.any(text) : t("join.place", { place: option, reason: t.any(text) })
    );
    throw new UsageError(lines.join("\n"));
  }
  const { ask } = io;
  let answers = start;
  if (flags.yes !== true && ask !== undefined) {
    try {
      answers = await askAll(start, (question) => within(ask(question), io.signal), t, io.note);
    } catch (error) {
      if (!(error instanceof InputEndedError) && !io.signal.aborted) throw error;
      io.note(`okws: ${t("init.nothing_written")}`);
      return EXIT.failed;
    }
  }
  answers = { ...answers, channels: writeUpperCase(answers.channels, io) };
  const text = renderConfig(answers, t);
  const secrets = plainSecrets(text);
  if (!await write(file, text, { isSecret: secrets.length > 0, force: flags.force === true })) {
    return refuse(file, io);
  }
  if (io.outIsTerminal) io.print(t("init.written", { file }));
  else io.print(JSON.stringify({ file, written: true, secrets, variables: variablesOf(answers) }));
  if (secrets.length > 0) {
    io.note(
      t("init.holds_secrets", { names: secrets.join(", ") }),
    );
  }
  const missing = variablesOf(answers).filter((name) => !io.environment[name]);
  if (missing.length > 0) io.note(t("init.set_variables", { names: missing.join(", ") }));
  io.note(t("init.next", { program: io.program, file, again: io.program, same: file }));
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
  io.note(`okws: ${translator(io)("init.exists", { file })}`);
  return EXIT.failed;
}

async function isThere(file: string): Promise<boolean> {
  return await Deno.lstat(file).then(() => true, () => false);
}

/** All or nothing: an old file is replaced by a whole new one. Returns false where there is a file that must not be replaced. */
async function write(
  file: string,
  text: string,
  { isSecret, force }: { readonly isSecret: boolean; readonly force: boolean },
): Promise<boolean> {
  const mode = isSecret ? 0o600 : 0o644;
  const first = force ? `${file}.${crypto.randomUUID().slice(0, 8)}` : file;
  try {
    // Made first: what is there already is somebody else's, and what is ours is taken away where it cannot be written.
    (await Deno.open(first, { write: true, createNew: true, mode })).close();
    try {
      await Deno.writeTextFile(first, text);
      if (force) await Deno.rename(first, file);
    } catch (error) {
      await Deno.remove(first).catch(() => {});
      throw error;
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw new NotWrittenError(keyed("file.cannot_write", { file, reason: fileReason(error, "write") }));
  }
}

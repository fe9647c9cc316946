/**
 * Carries out commands of Redis and of pages alike, however they are answered: the same limits, the same allow list and the
 * same codes hold for all. Commands are started in the order in which they come.
 */
import { CODES, CommandError } from "../shared/errors.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { redactText } from "../okx/redact.ts";
import type { TopicFault } from "../okx/path_text.ts";
import type { Topic } from "../okx/topic.ts";
import { type Command, type CommandReply, done, parseCommand, refused } from "./command.ts";
import { RateLimit } from "./rate_limit.ts";
import { message } from "../shared/messages/message.ts";
import type { Op } from "../shared/ops.ts";

/** What became of one path of a subscribe command. */
export type PathAnswer = {
  readonly path: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string; readonly nextAt?: number } | null;
};

/** What commands act on. Every member throws CommandError where it refuses. */
export type Servers = {
  open(name: string, args: unknown): void;
  /** Resolves with what is still to come, in words; empty where nothing is. */
  close(name: string): Promise<string>;
  names(): string[];
  /** Reads a path or an argument object as this server takes it. */
  parse(name: string, arg: unknown): Topic | TopicFault;
  /** Returns those of one server are carried out in order, at once where nothing has to be read first. */
  subscribe(name: string, topics: readonly Topic[]): void | Promise<void>;
  /** Returns what was subscribed; an error says what is still to come. */
  unsubscribe(name: string, topics: readonly Topic[]): PathAnswer[] | Promise<PathAnswer[]>;
  answers(name: string, paths: readonly string[], timeoutMs: number): Promise<PathAnswer[]>;
  status(name: string | undefined): unknown | Promise<unknown>;
  /** Reads the configuration file again and returns what that changed. */
  reload(): Promise<unknown>;
  quit(): void;
};

/** How the one who sent a command is answered. */
export type Sender = {
  /** Takes the reply; `id` is that of the command, empty where it has none. It does not reject. */
  readonly reply: (id: string, reply: CommandReply) => void | Promise<void>;
  /** Ops that may come this way where that is not all of them. */
  readonly ops?: readonly Op[];
};

/** Takes commands from every side. */
export type CommandHandler = {
  /** Starts a command at once. */
  take(text: string, sender: Sender): void;
  /** Resolves when what is under way has been answered. */
  idle(): Promise<void>;
  /** Of all commands together. */
  readonly rateLimit: RateLimit;
};

/** Settings of {@link createCommandHandler}. */
export type CommandHandlerOptions = {
  readonly servers: Servers;
  /** Ops that configuration allows. */
  readonly allowed: readonly Op[];
  /** Aborted: what comes now is not carried out any more. */
  readonly stopping: AbortSignal;
  /** How long a reply stays at its key in Redis. */
  readonly replyTtlMs: number;
  readonly onCommand: () => void;
};

/** Commands that may wait for the exchange at once; more are refused. */
const MAX_UNDER_WAY = 1000;

/** Commands that are logged in one second; a flood is one line. */
const MAX_LOGGED = 50;

const log = roomLogger("control");

/** What a handler remembers. */
type Run = CommandHandlerOptions & {
  readonly rateLimit: RateLimit;
  readonly warn: ReturnType<typeof sparseWarning>;
  readonly logged: { second: number; count: number };
};

/** Creates a handler that has had no commands yet. */
export function createCommandHandler(options: CommandHandlerOptions): CommandHandler {
  const underWay = new Set<Promise<void>>();
  const rateLimit = new RateLimit(options.replyTtlMs);
  const run: Run = { ...options, rateLimit, warn: sparseWarning(log), logged: { second: 0, count: 0 } };
  return {
    take(text, sender) {
      options.onCommand();
      const work = answer(run, { text, sender, underWay: underWay.size }).finally(() =>
        underWay.delete(work)
      );
      underWay.add(work);
    },
    async idle() {
      await Promise.all(underWay);
    },
    rateLimit,
  };
}

async function answer(
  run: Run,
  { text, sender, underWay }: { readonly text: string; readonly sender: Sender; readonly underWay: number },
): Promise<void> {
  const refusal = run.rateLimit.refusal(performance.now());
  const command = parseCommand(text);
  let reply: CommandReply;
  if ("error" in command) {
    run.warn("A command cannot be read", { reason: command.error.message });
    reply = refused(command.error);
  } else if (refusal !== undefined) {
    run.warn("Commands are refused", { reason: refusal });
    reply = refused(new CommandError(CODES.notAllowed, message("command.try_again", { reason: refusal })));
  } else if (run.stopping.aborted) {
    reply = refused(new CommandError(CODES.notAllowed, message("command.stopping")));
  } else {
    logCommand(run, command);
    reply = await carryOut(run, command, { ops: sender.ops, underWay });
  }
  await sender.reply(command.id, reply);
}

/** Never the args: they may hold credentials. */
function logCommand({ logged, warn }: Run, { op, name = "", id }: Command): void {
  const second = Math.floor(performance.now() / 1000);
  if (second !== logged.second) Object.assign(logged, { second, count: 0 });
  logged.count += 1;
  // Live views ask every second.
  if (logged.count <= MAX_LOGGED) log[op === "status" ? "debug" : "info"]("Command", { op, name, id });
  else warn("Many commands come, not each is logged", { op, name });
}

async function carryOut(
  options: CommandHandlerOptions,
  command: Command,
  { ops, underWay }: { readonly ops: readonly Op[] | undefined; readonly underWay: number },
): Promise<CommandReply> {
  try {
    if (ops?.includes(command.op) === false) {
      const list = ops.join(", ");
      throw new CommandError(CODES.notAllowed, message("command.not_this_way", { op: command.op, list }));
    }
    if (!options.allowed.includes(command.op)) {
      throw new CommandError(
        CODES.notAllowed,
        message("command.not_allowed", { op: command.op }),
      );
    }
    if (underWay >= MAX_UNDER_WAY) {
      throw new CommandError(CODES.notAllowed, message("command.too_many"));
    }
    return await act(options.servers, command);
  } catch (error) {
    if (error instanceof CommandError) return refused(error);
    log.error("A command failed", { op: command.op, reason: redactText(String(error)) });
    return refused(
      new CommandError(CODES.unreadable, message("command.failed", { op: command.op })),
    );
  }
}

async function act(servers: Servers, command: Command): Promise<CommandReply> {
  const name = command.name ?? "";
  switch (command.op) {
    case "open":
      servers.open(name, command.args);
      return done("");
    case "close":
      return noted(await servers.close(name), "");
    case "servers":
      return done(servers.names());
    case "status":
      return done(await servers.status(command.name));
    case "reload":
      return done(await servers.reload());
    case "quit_server":
      servers.quit();
      return done("");
    case "subscribe": {
      const topics = readTopics(servers, command);
      await servers.subscribe(name, topics);
      return command.wait ? await waited(servers, command, topics) : done("sent to the exchange");
    }
    case "unsubscribe": {
      const topics = readTopics(servers, command);
      const gone = await servers.unsubscribe(name, topics);
      const known = new Set(gone.map(({ path }) => path));
      const missing = topics.filter((topic) => !known.has(topic.path)).map((topic) => topic.path);
      if (missing.length > 0 && gone.length === 0) {
        throw new CommandError(
          CODES.unknownPath,
          message("command.not_subscribed", { list: missing.join(", ") }),
        );
      }
      const late = gone.find(({ error }) => error !== null)?.error?.message ?? "";
      return noted(late, command.wait ? gone : late === "" ? "sent to the exchange" : late);
    }
  }
}

/** What is asked for holds; a warning says that it is not carried out everywhere yet. */
function noted(late: string, text: unknown): CommandReply {
  return late === "" ? done(text) : { event: "warn", message: text || late, errorCode: CODES.done };
}

async function waited(servers: Servers, command: Command, topics: readonly Topic[]): Promise<CommandReply> {
  const paths = topics.map((topic) => topic.path);
  const answers = await servers.answers(command.name ?? "", paths, command.timeoutMs);
  const refusedAny = answers.some((each) => each.state === "refused");
  if (refusedAny) return { event: "error", message: answers, errorCode: CODES.exchangeRefused };
  const open = answers.some((each) => each.state !== "live") || answers.length < paths.length;
  return { event: open ? "warn" : "info", message: answers, errorCode: CODES.done };
}

function readTopics(servers: Servers, { name = "", args }: Command): Topic[] {
  const list = Array.isArray(args) ? args : [args];
  if (list.length === 0 || args === undefined) {
    throw new CommandError(CODES.unreadable, message("command.args"));
  }
  const topics = new Map<string, Topic>();
  for (const each of list) {
    const topic = servers.parse(name, each);
    if (topic.kind === "fault") throw new CommandError(CODES.unknownPath, topic.text);
    topics.set(topic.path, topic);
  }
  return [...topics.values()];
}

/** Connections to Redis as ioredis makes them: one server, or the master that sentinels name. */
import { Redis, type RedisOptions } from "ioredis";
import { backoff } from "../../shared/async/backoff.ts";
import { withDeadline } from "../../shared/async/with_deadline.ts";
import { ConfigError, issueOf, MessageError } from "../../shared/errors.ts";
import { readRedisFile } from "../../shared/redis_file.ts";
import type { RedisFiles, RedisTarget } from "../../shared/redis_url.ts";
import { cleanError, createErrorMask } from "./mask.ts";
import { remedyOf, withCircumstances } from "../../shared/redis_errors.ts";
import { type Message, message, type Text } from "../../shared/messages/message.ts";

/** What every connection of a store is made with. */
export type ClientOptions = Omit<RedisOptions, "replyMapping">;

/** How long a connection that is given up may take to close. */
const DISCONNECT_MS = 100;

/** Between two attempts, at most: less where sentinels know when there is another master. */
const RETRY_MS = 2000;
const MASTER_RETRY_MS = 300;

type Target = RedisTarget & { readonly kind: "redis" };

/** Reads the files that a URL names and fills in what all connections share. Rejects with ConfigError. */
export async function clientOptions(
  target: Target,
  settings: { readonly persistent: boolean; readonly connectTimeoutMs: number },
): Promise<ClientOptions> {
  const { persistent, connectTimeoutMs } = settings;
  const { options, files } = target;
  const kinds = ["ca", "cert", "key", "password", "sentinelPassword"] as const;
  const [ca, cert, key, password, sentinelPassword] = await Promise.all(
    kinds.map((kind) => read(kind, files[kind])),
  );
  const certificates = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  const capMs = target.mode === "sentinel" ? MASTER_RETRY_MS : RETRY_MS;
  const retry = (attempt: number) =>
    persistent ? backoff(attempt - 1, Math.random, { baseMs: 50, capMs }) : null;
  return {
    ...options,
    ...(options.tls === undefined ? {} : { tls: { ...options.tls, ...certificates } }),
    ...(options.sentinelTLS === undefined
      ? {}
      : { sentinelTLS: { ...options.sentinelTLS, ...certificates } }),
    ...(password === undefined ? {} : { password }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    sentinelCommandTimeout: connectTimeoutMs,
    protocol: 2,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    disconnectTimeout: DISCONNECT_MS,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    connectionName: "okws",
    disableClientInfo: true,
    retryStrategy: retry,
    sentinelRetryStrategy: retry,
  };
}

/** Returns a client that is not connected yet, and that does not wait for ever for the end of a handshake. */
export function createClient(options: ClientOptions): Redis {
  const redis = new Redis(options);
  cleanErrors(redis);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const settle = () => clearTimeout(timer);
  redis.on("connect", () => {
    settle();
    timer = setTimeout(() => {
      redis.emit("error", new MessageError(silence(options, options.connectTimeout ?? 0)));
      redis.disconnect(options.retryStrategy?.(1) !== null);
    }, options.connectTimeout);
  });
  redis.on("ready", settle);
  redis.on("close", settle);
  redis.on("end", settle);
  return redis;
}

/** No error of this client, however it is reported, quotes a password or a command. */
function cleanErrors(redis: Redis): void {
  const mask = createErrorMask(redis.options);
  const { tls } = redis.options;
  const circumstances = { hasAuthority: tls?.ca !== undefined, isTls: tls !== undefined };
  let hasAnswered = false;
  redis.once("ready", () => hasAnswered = true);
  // A part that needs to know adds a listener of its own; without any the client would print.
  redis.on("error", (error: Error) => {
    cleanError(error, mask);
    error.message = withCircumstances(error.message, { ...circumstances, hasAnswered });
  });
  const connect = redis.connect.bind(redis);
  redis.connect = async () => {
    try {
      await connect();
    } catch (error) {
      if (error instanceof Error) cleanError(error, mask);
      throw error;
    }
  };
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const { reject } = command;
    command.reject = (error: Error) => {
      cleanError(error, mask);
      if (command.name === "select" && error.name === "ReplyError") refuseDatabase(redis, error);
      else reject(error);
    };
    return send(command, stream);
  };
}

/**
 * Ends a connection whose database was not selected. The client would go on in database 0, with the keys of somebody else;
 * it waits for this command before it is ready, so the command is left without a result.
 */
function refuseDatabase(redis: Redis, error: Error): void {
  const db = redis.options.db ?? 0;
  // Without a login every command is refused, and that is what has to be mended.
  const isLogin = error.message.startsWith("NOAUTH ");
  const text = message("redis.not_selected", { db, reason: error.message });
  redis.emit("error", isLogin ? error : new MessageError(text, { cause: error }));
  redis.disconnect(true);
}

/** Connects once; rejects with the reason that a person can act on. */
export async function connectClient(redis: Redis, ms: number): Promise<void> {
  let lastError: Error | undefined;
  const note = (error: Error) => lastError = error;
  redis.on("error", note);
  try {
    await withDeadline(redis.connect(), ms, () => {
      throw new MessageError(silence(redis.options, ms));
    });
  } catch (error) {
    const fault = lastError ?? error;
    if (!(fault instanceof Error) || !isLost(fault.message)) throw fault;
    const parts = { reason: message("redis.connection_lost"), remedy: message("redis.is_redis") };
    throw new MessageError(message("join.remedy", parts), { cause: fault });
  } finally {
    redis.off("error", note);
  }
}

/** Returns whether the client says of a connection that it was closed without a word. */
function isLost(said: string): boolean {
  return said.includes("Stream isn't writeable") || said === "Connection is closed.";
}

/** Returns that there is no answer; a port that is not TLS keeps silent where TLS is spoken to it. */
function silence({ tls }: ClientOptions, ms: number): Message {
  const reason = message("redis.no_answer_within", { ms });
  return tls === undefined
    ? reason
    : message("join.remedy", { reason, remedy: message("redis.plain_or_tls") });
}

/** Ends a client, whatever it is at. */
export async function endClient(redis: Redis): Promise<void> {
  const { status } = redis;
  if (status === "end") return;
  const ended = new Promise<void>((resolve) => redis.once("end", () => resolve()));
  redis.disconnect();
  // Between two attempts there is no socket whose end would be reported, only the timer of the disconnect itself.
  await (status === "reconnecting" ? new Promise((resolve) => setTimeout(resolve, DISCONNECT_MS)) : ended);
}

/** Returns what went wrong, in words a person can act on. */
export function reasonOf(error: unknown): Text {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const said = error instanceof Error ? error.message : String(error);
  if (isLost(said)) {
    return message("redis.connection_lost");
  }
  const reason = error instanceof MessageError ? error.text ?? said : said;
  const remedy = remedyOf(said);
  return remedy === undefined ? reason : message("join.remedy", { reason, remedy });
}

async function read(kind: keyof RedisFiles, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readRedisFile(kind, file);
  } catch (error) {
    const reason = error instanceof MessageError ? error.text ?? error.message : String(error);
    throw new ConfigError("Redis", [issueOf(message("redis.unreadable_file", { file, reason }))]);
  }
}

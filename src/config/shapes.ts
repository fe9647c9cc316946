/** The shape of each part of a configuration: types, defaults, and what is wrong in words with a key. Pure. */
import { z } from "zod";
import { parseRedisUrl } from "../shared/redis_url.ts";
import { withoutLineEnd } from "../shared/file_text.ts";
import { LOG_LEVEL_PATTERN, LOG_LEVELS, LOG_ROOMS } from "../logging/level.ts";
import { SERVER_NAME } from "../shared/limits.ts";
import { MAX_SHARDS, parseShard } from "../shared/shard.ts";
import { OPS } from "../shared/ops.ts";
import { PROTOCOLS } from "../okx/codec.ts";
import { SETTING_TEXTS } from "./setting_texts.ts";
import type { ERRORS_EN } from "../shared/messages/en.ts";
import { type Filled, type Message, message } from "../shared/messages/message.ts";

/** What the schema says, by its English: of a text of its own zod keeps nothing else. */
const SAID = new Map<string, Message>();

/** Returns a text for zod, which is found again with its key. */
function said<Key extends keyof typeof ERRORS_EN>(
  key: Key,
  ...filled: Filled<typeof ERRORS_EN[Key]>
): string {
  const text = message(key, ...filled);
  SAID.set(text.english, text);
  return text.english;
}

const LOG_LEVEL_FAULT = said("config.log_level", {
  first: LOG_LEVELS.slice(0, -1).join(", "),
  last: LOG_LEVELS.at(-1) ?? "",
  rooms: LOG_ROOMS.join(", "),
});

/** Of what YAML reads as a number only the sign is left of what was written: 0123 has lost its zero. */
const textFault = (missing: string) => ({ input }: { readonly input?: unknown }) =>
  typeof input === "number" || typeof input === "bigint" || typeof input === "boolean"
    ? said("config.quoted_text")
    : missing;

const ascii = (none: string, other: string) =>
  z.string({ error: textFault(none) }).regex(/^[!-~]{1,200}$/, other);
const channel = () => ascii(said("config.channel_text"), said("config.channel_ascii"));
/** A number, or a text of one. Nothing else is one: neither an empty value nor true. */
const numberOf = (value: unknown): unknown => {
  const isText = typeof value === "string" && value.trim() !== "";
  return typeof value === "bigint" || isText ? Number(value) : value;
};

const count = (from: number, to: number) =>
  z.preprocess(
    numberOf,
    z.number({ error: said("config.number") }).int(said("config.whole_number"))
      .min(from, said("config.at_least", { least: from })).max(to, said("config.at_most", { most: to })),
  );

const file = () => z.string({ error: textFault(said("config.file_name")) }).min(1, said("config.file_name"));

/** A part of a login. Line breaks at its end came from wherever it was kept. */
const loginPart = () =>
  z.string({ error: textFault(said("config.any_text")) }).overwrite(withoutLineEnd).superRefine(
    (value, context) => {
      if (!/\p{Cc}|^[\s\u200b\ufeff]|[\s\u200b\ufeff]$/u.test(value)) return;
      const text = message("config.login_part");
      context.addIssue({ code: "custom", message: text.english, params: { text } });
    },
  );

/** A part of the configuration: names and values, and only those that are known. */
const group = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code }) => code === "invalid_type" ? said("config.group") : undefined,
  });

const SHARD_FAULT = said("config.shard", { most: MAX_SHARDS });

const PROTOCOL_ERROR = said("config.protocol");

/** The `settings` of the file, by their names there. */
export const settingsSchema = group({
  REDIS_URL: z.string({ error: said("config.redis_url") }).overwrite(withoutLineEnd).superRefine(
    (url, context) => {
      const target = parseRedisUrl(url);
      if (target.kind === "fault") {
        context.addIssue({ code: "custom", message: target.message, params: { text: target.text } });
      }
    },
  ).optional()
    .describe(SETTING_TEXTS.REDIS_URL.english),
  REDIS_PASSWORD_FILE: file().optional()
    .describe(SETTING_TEXTS.REDIS_PASSWORD_FILE.english),
  REDIS_CA: file().optional()
    .describe(SETTING_TEXTS.REDIS_CA.english),
  MAX_ROW: count(1, 10_000_000).default(1000).describe(SETTING_TEXTS.MAX_ROW.english),
  HISTORY: count(0, 1500).default(300).describe(SETTING_TEXTS.HISTORY.english),
  LISTEN_CHANNEL: channel().default("trade-ws").describe(SETTING_TEXTS.LISTEN_CHANNEL.english),
  REDIS_INFO_KEY: ascii(said("config.key_text"), said("config.key_ascii")).default("trade-ws/info").describe(
    SETTING_TEXTS.REDIS_INFO_KEY.english,
  ),
  OKWS_INFO: channel().default("okws/info").describe(SETTING_TEXTS.OKWS_INFO.english),
  KEY_PREFIX: ascii(said("config.prefix_text"), said("config.prefix_ascii")).default("okex").describe(
    SETTING_TEXTS.KEY_PREFIX.english,
  ),
  ENDPOINT: z.string({ error: textFault(said("config.any_text")) }).default("okx").describe(
    SETTING_TEXTS.ENDPOINT.english,
  ),
  PROTOCOL: z.enum(PROTOCOLS, { error: PROTOCOL_ERROR }).default("v5")
    .describe(SETTING_TEXTS.PROTOCOL.english),
  HTTP: z.string({ error: said("config.http_address") }).regex(
    /^(off|(\[[0-9a-f:]+\]|[^\s:]+):\d{1,5})$/i,
    said("config.http_address"),
  )
    .default("127.0.0.1:8787").describe(SETTING_TEXTS.HTTP.english),
  HTTP_USER: z.string({ error: textFault(said("config.any_text")) })
    .regex(/^[^:\s]{1,64}$/, said("config.http_user"))
    .default("okws").describe(SETTING_TEXTS.HTTP_USER.english),
  HTTP_PASSWORD: z.string({ error: textFault(said("config.any_text")) }).overwrite(withoutLineEnd)
    .regex(/^[ -~]{8,200}$/, said("config.http_password"))
    .optional().describe(SETTING_TEXTS.HTTP_PASSWORD.english),
  LOG_LEVEL: z.string({ error: LOG_LEVEL_FAULT }).regex(LOG_LEVEL_PATTERN, LOG_LEVEL_FAULT)
    .default("info").describe(SETTING_TEXTS.LOG_LEVEL.english),
  LOG_FORMAT: z.enum(["auto", "pretty", "json"], { error: said("config.log_format") }).default("auto")
    .describe(SETTING_TEXTS.LOG_FORMAT.english),
  COMMANDS: z.preprocess(
    (value) => typeof value === "string" ? value.split(",").map((each) => each.trim()) : value,
    z.array(z.enum(OPS, { error: said("config.no_command", { list: OPS.join(", ") }) }), {
      error: said("config.list_of", { list: OPS.join(", ") }),
    }),
  ).default([...OPS]).describe(SETTING_TEXTS.COMMANDS.english),
  REPLY_SECONDS: count(1, 86_400).default(600).describe(SETTING_TEXTS.REPLY_SECONDS.english),
  BOOK_TOP: count(1, 400).default(25).describe(SETTING_TEXTS.BOOK_TOP.english),
  BOOK_FULL: z.enum(["on", "off"], { error: said("config.on_off") }).default("on").describe(
    SETTING_TEXTS.BOOK_FULL.english,
  ),
  BOOK_DEPTH: count(1, 400).default(400).describe(SETTING_TEXTS.BOOK_DEPTH.english),
  BOOK_INTERVAL_MS: count(0, 60_000).default(100)
    .describe(SETTING_TEXTS.BOOK_INTERVAL_MS.english),
  QUEUE_MB: count(1, 16_384).default(64)
    .describe(SETTING_TEXTS.QUEUE_MB.english),
  RECORD: file().optional().describe(SETTING_TEXTS.RECORD.english),
  RECORD_MB: count(16, 100_000_000).default(10_240).describe(SETTING_TEXTS.RECORD_MB.english),
  RECORD_FILE_MB: count(1, 10_240).default(64).describe(SETTING_TEXTS.RECORD_FILE_MB.english),
  RECORD_FILE_MINUTES: count(1, 1440).default(60).describe(SETTING_TEXTS.RECORD_FILE_MINUTES.english),
  RECORD_COMPRESSION: z.enum(["gzip", "zstd", "none"], { error: said("config.compression") }).default("gzip")
    .describe(SETTING_TEXTS.RECORD_COMPRESSION.english),
  SHARD: z.string({ error: SHARD_FAULT }).overwrite(withoutLineEnd).superRefine((text, context) => {
    // Whatever a host name says is one of them.
    if (parseShard(text, "okws-0") === undefined) {
      context.addIssue({ code: "custom", message: SHARD_FAULT, params: { text: SAID.get(SHARD_FAULT) } });
    }
  }).default("1/1").describe(SETTING_TEXTS.SHARD.english),
  LEASE_MS: count(500, 600_000).default(5000).describe(SETTING_TEXTS.LEASE_MS.english),
  // YAML reads what is meant as a word as true or false.
  STANDBY: z.preprocess(
    (value) => typeof value === "boolean" ? String(value) : value,
    z.enum(["true", "cold", "false"], { error: said("config.standby") }),
  ).default("false").describe(SETTING_TEXTS.STANDBY.english),
});

/** All settings, none missing but REDIS_URL. */
export type Settings = Readonly<z.output<typeof settingsSchema>>;

/** An entry of `servers`. */
export const serverSchema = group({
  name: z.string({ error: textFault(said("config.server_without_name")) })
    .regex(SERVER_NAME, said("config.server_name"))
    .describe("Name of this connection; becomes part of every key"),
  apiKey: loginPart().optional()
    .describe("For private channels: the API key, best as ${NAME} from the environment"),
  apikey: loginPart().optional().describe("Another spelling of apiKey"),
  secret: loginPart().optional().describe("For private channels: the secret of the API key"),
  password: loginPart().optional().describe("For private channels: what OKX calls the passphrase"),
  endpoint: z.string({ error: textFault(said("config.any_text")) }).optional().describe(
    "Where this one connects, instead of ENDPOINT",
  ),
  protocol: z.enum(PROTOCOLS, { error: PROTOCOL_ERROR }).optional()
    .describe("What this one speaks, instead of PROTOCOL"),
});

/** An entry of `subscribes`. */
export const subscribeSchema = group({
  server: z.string({ error: textFault(said("config.names_server")) }).describe(
    "The name of an entry of servers",
  ),
  channels: z.array(z.unknown(), { error: said("config.paths") })
    .describe("Paths, or the exchange's own argument objects"),
});

/** Returns the text with its key that zod was given; of others their English. */
export function textSaid(english: string): Message | string {
  return SAID.get(english) ?? english;
}

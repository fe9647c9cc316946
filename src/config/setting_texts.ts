/** What each setting means, for the schema, the documents and the file that `okws init` writes. */
import { type Message, message } from "../shared/messages/message.ts";
import { OPS } from "../shared/ops.ts";

/** A sentence for each setting. */
export const SETTING_TEXTS = {
  REDIS_URL: message("setting.redis_url"),
  REDIS_PASSWORD_FILE: message("setting.redis_password_file"),
  REDIS_CA: message("setting.redis_ca"),
  MAX_ROW: message("setting.max_row"),
  HISTORY: message("setting.history"),
  LISTEN_CHANNEL: message("setting.listen_channel"),
  REDIS_INFO_KEY: message("setting.redis_info_key"),
  OKWS_INFO: message("setting.okws_info"),
  KEY_PREFIX: message("setting.key_prefix"),
  ENDPOINT: message("setting.endpoint"),
  PROTOCOL: message("setting.protocol"),
  HTTP: message("setting.http"),
  HTTP_USER: message("setting.http_user"),
  HTTP_PASSWORD: message("setting.http_password"),
  LOG_LEVEL: message("setting.log_level"),
  LOG_FORMAT: message("setting.log_format"),
  COMMANDS: message("setting.commands", { list: OPS.join(", ") }),
  REPLY_SECONDS: message("setting.reply_seconds"),
  BOOK_TOP: message("setting.book_top"),
  BOOK_FULL: message("setting.book_full"),
  BOOK_DEPTH: message("setting.book_depth"),
  BOOK_INTERVAL_MS: message("setting.book_interval_ms"),
  QUEUE_MB: message("setting.queue_mb"),
  RECORD: message("setting.record"),
  RECORD_MB: message("setting.record_mb"),
  RECORD_FILE_MB: message("setting.record_file_mb"),
  RECORD_FILE_MINUTES: message("setting.record_file_minutes"),
  RECORD_COMPRESSION: message("setting.record_compression"),
  SHARD: message("setting.shard"),
  LEASE_MS: message("setting.lease_ms"),
  STANDBY: message("setting.standby"),
} as const satisfies Readonly<Record<string, Message>>;

/** The names of the settings, in the order of the documents. */
export const SETTING_NAMES = Object.keys(SETTING_TEXTS) as (keyof typeof SETTING_TEXTS)[];

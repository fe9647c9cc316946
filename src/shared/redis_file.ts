/** The files that a Redis URL names: certificates and keys in PEM form, passwords of one line. */
import { MessageError } from "./errors.ts";
import { readLine, readTextFile } from "./file_text.ts";
import { type Message, message } from "./messages/message.ts";
import type { RedisFiles } from "./redis_url.ts";

/** Certificates and passwords are much smaller. */
const MAX_BYTES = 1024 * 1024;

/** How certificates and keys begin (RFC 7468), and what is said of a file that has none. */
const CERTIFICATE = [/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/, message("file.no_certificate")] as const;
const PRIVATE_KEY = [/-----BEGIN ([A-Z0-9]+ )?PRIVATE KEY-----/, message("file.no_private_key")] as const;

/** Returns the content of a file that is to be of this kind. Rejects with a MessageError that says what it is instead. */
export function readRedisFile(kind: keyof RedisFiles, file: string): Promise<string> {
  if (kind === "password" || kind === "sentinelPassword") return readLine(file, MAX_BYTES);
  return readPem(file, kind === "key" ? PRIVATE_KEY : CERTIFICATE);
}

async function readPem(file: string, [begin, fault]: readonly [RegExp, Message]): Promise<string> {
  const text = await readTextFile(file, MAX_BYTES);
  if (!begin.test(text)) throw new MessageError(fault);
  return text;
}

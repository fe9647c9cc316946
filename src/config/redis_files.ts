/** The files that the way to Redis needs: whether they are there, before anything is started that could not connect. */
import { readRedisFile } from "../shared/redis_file.ts";
import { parseRedisUrl, type RedisFiles } from "../shared/redis_url.ts";
import type { LocatedIssue } from "./issues.ts";
import type { Settings } from "./shapes.ts";
import { issueOf, MessageError } from "../shared/errors.ts";
import { message, type Text } from "../shared/messages/message.ts";

/** Returns a fault for each file that cannot be used, at the setting that names it. */
export async function redisFileIssues(settings: Settings): Promise<LocatedIssue[]> {
  const { REDIS_URL, ...others } = settings;
  const target = REDIS_URL === undefined ? undefined : parseRedisUrl(REDIS_URL);
  if (target?.kind !== "redis") return [];
  const entries = Object.entries(target.files) as [keyof RedisFiles, string][];
  const issues = await Promise.all(entries.map(async ([kind, file]): Promise<LocatedIssue[]> => {
    const reason = await reasonAgainst(kind, file);
    if (reason === undefined) return [];
    const name = (["REDIS_CA", "REDIS_PASSWORD_FILE"] as const).find((each) => others[each] === file) ??
      "REDIS_URL";
    const at = ["settings", name];
    return [{ ...issueOf(message("redis.unreadable_file", { file, reason }), at.join(".")), at }];
  }));
  return issues.flat();
}

async function reasonAgainst(kind: keyof RedisFiles, file: string): Promise<Text | undefined> {
  try {
    // What a pipe gives it gives once, to the first that reads it.
    if ((await Deno.stat(file).catch(() => undefined))?.isFifo) return undefined;
    await readRedisFile(kind, file);
    return undefined;
  } catch (error) {
    if (error instanceof MessageError) return error.text ?? error.message;
    return error instanceof Error ? error.message : String(error);
  }
}

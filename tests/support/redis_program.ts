/** Which Redis the tests use: `redis-server` or, where that is missing, `valkey-server`, by PATH. */

/** The programs of one kind of server, and what it says of itself. */
export type RedisProgram = {
  readonly server: string;
  readonly cli: string;
  /** As `Redis` or `Valkey`. */
  readonly kind: string;
  /** As `7.0.15`. */
  readonly version: string;
};

/** Undefined where there is none. `OKWS_TEST_REDIS` names the folder of another build. */
export const redisProgram: RedisProgram | undefined = findProgram();

/** The version whose wording the embedded store takes over; others say some things in other words. */
const REFERENCE = /^7\.0\./;

/** Returns whether replies may be compared to the letter. */
export function isReferenceRedis(): boolean {
  return redisProgram?.kind === "Redis" && REFERENCE.test(redisProgram.version);
}

function findProgram(): RedisProgram | undefined {
  const folder = Deno.env.get("OKWS_TEST_REDIS");
  const at = (name: string) => folder ? `${folder}/${name}` : name;
  for (const name of ["redis", "valkey"]) {
    const [server, cli] = [at(`${name}-server`), at(`${name}-cli`)];
    // As in "Redis server v=7.0.15 sha=…" and "Valkey server v=8.0.1 sha=…".
    const [, kind, version] = /^(\w+) .*\bv=(\S+)/.exec(output(server, ["--version"]) ?? "") ?? [];
    if (kind !== undefined && version !== undefined) return { server, cli, kind, version };
  }
  return undefined;
}

function output(program: string, args: string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command(program, { args, stderr: "null" }).outputSync();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}

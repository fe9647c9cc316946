/** The configuration file of the service under test. */
import { nameOf, SERVERS, WATCHED } from "./paths.ts";
import { SERVICE_USER } from "./redis.ts";
import type { Login } from "./exchange/sockets.ts";

/** Everything that must never be seen outside of the file. */
export type Secrets = { redis: string; http: string; login: Login };

export function makeSecrets(random: { int(from: number, to: number): number }): Secrets {
  const part = () => random.int(0x10000000, 0xffffffff).toString(16);
  return {
    redis: `rds-${part()}`,
    http: `htp-${part()}`,
    login: { apiKey: `key-${part()}`, secret: `sec-${part()}`, passphrase: `phr-${part()}` },
  };
}

/** Writes the file without the paths of `leave` (`m tickers:A-USDT`), or without a whole server (`n`). */
export async function writeFile(
  file: string,
  options: {
    redisPort: number;
    httpPort: number;
    exchange: string;
    secrets: Secrets;
    leave: readonly string[];
  },
): Promise<void> {
  const { secrets, leave } = options;
  const { login } = secrets;
  const servers = SERVERS.filter((name) => !leave.includes(name));
  const config = {
    settings: {
      REDIS_URL: `redis://${SERVICE_USER}:${secrets.redis}@127.0.0.1:${options.redisPort}`,
      HTTP: `127.0.0.1:${options.httpPort}`,
      HTTP_PASSWORD: secrets.http,
      ENDPOINT: options.exchange,
      LOG_LEVEL: "debug",
      LOG_FORMAT: "json",
      MAX_ROW: 20_000,
    },
    servers: servers.map((name) =>
      name === "m"
        ? { name, apiKey: login.apiKey, secret: login.secret, password: login.passphrase }
        : { name }
    ),
    subscribes: servers.map((server) => ({
      server,
      channels: WATCHED.filter((item) => item.server === server && !leave.includes(nameOf(item))).map((
        { path },
      ) => path),
    })),
  };
  // JSON is YAML.
  await Deno.writeTextFile(file, JSON.stringify(config, undefined, 1), { mode: 0o600 });
}

/** What a configuration comes to: settings, servers, the connections that will be made, and what each carries. Pure. */
import { CODECS } from "../../okx/codec.ts";
import type { Config } from "../../config/schema.ts";
import { type Settings, settingsSchema } from "../../config/shapes.ts";
import { socketUrl } from "../../okx/endpoints.ts";
import type { Topic } from "../../okx/topic.ts";
import { shownRedisUrl } from "../../shared/redis_url.ts";
import { planConnections } from "../../session/placement.ts";

/** One connection as it will be made. */
export type PlannedLink = {
  readonly server: string;
  /** `public`, `business+login#2`, …. */
  readonly name: string;
  readonly url: string;
  readonly login: boolean;
  readonly deepBooks: number;
  readonly paths: readonly string[];
};

/** The whole plan; no secret is in it. */
export type CheckPlan = {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Names of the settings that differ from their defaults. */
  readonly changed: readonly string[];
  readonly servers: readonly {
    readonly name: string;
    readonly endpoint: string;
    readonly protocol: string;
    readonly login: boolean;
    readonly paths: number;
  }[];
  readonly connections: readonly PlannedLink[];
  /** Seconds until the last connection may be dialled, within the exchange's limit of three a second. */
  readonly coldStartSeconds: number;
};

/** Plans connections and requests by the code that the service itself assigns subscriptions with. */
export function planOf(config: Config): CheckPlan {
  const servers = config.servers.map((server) => ({ server, topics: topicsOf(config, server.name) }));
  const { connections, dialSeconds } = planConnections(
    servers.map(({ server: { name, protocol }, topics }) => ({ name, protocol, topics })),
  );
  return {
    settings: shownSettings(config.settings),
    changed: changedSettings(config.settings),
    servers: servers.map(({ server: { name, endpoint, protocol, credentials }, topics }) => ({
      name,
      endpoint,
      protocol,
      login: credentials !== undefined,
      paths: topics.length,
    })),
    connections: connections.map(({ server: name, name: connection, paths, deepBooks }) => {
      const { server } = servers.find((each) => each.server.name === name) as typeof servers[0];
      const [endpoint = "public"] = connection.split(/[+#]/);
      return {
        server: name,
        name: connection,
        url: socketUrl(server.exchange, endpoint as Topic["endpoint"]),
        login: connection.includes("+login") ||
          (CODECS[server.protocol].sharesSocket && server.credentials !== undefined),
        deepBooks,
        paths,
      };
    }),
    coldStartSeconds: dialSeconds,
  };
}

/** Equal paths are subscribed once. */
function topicsOf({ subscribes }: Config, server: string): Topic[] {
  const topics = subscribes.filter((entry) => entry.server === server).flatMap((entry) => entry.topics);
  return [...new Map(topics.map((topic) => [topic.path, topic])).values()];
}

function shownSettings({ REDIS_URL, HTTP_PASSWORD, ...settings }: Settings): CheckPlan["settings"] {
  const shown = REDIS_URL === undefined ? "127.0.0.1:6379, or the embedded store" : shownRedisUrl(REDIS_URL);
  return { REDIS_URL: shown, ...settings, ...(HTTP_PASSWORD === undefined ? {} : { HTTP_PASSWORD: "***" }) };
}

function changedSettings(settings: Settings): string[] {
  const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({});
  return Object.entries(settings).filter(([name, value]) => String(value) !== String(defaults[name])).map((
    [name],
  ) => name);
}

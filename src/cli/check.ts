/** `okws check`: every fault of a file, or the plan that it makes. */
import { Command } from "@commander-js/extra-typings";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { socketUrl } from "../okx/endpoints.ts";
import type { Topic } from "../okx/topic.ts";
import { parseRedisUrl } from "../redis_url.ts";
import { EXIT } from "./exit.ts";
import type { Io } from "./io.ts";
import { renderTable } from "./table.ts";

/** The command, for the help and the parser. */
export function checkCommand(io: Io, exit: (code: number) => void): Command {
  return new Command("check")
    .description("check a configuration and print what it would do")
    .option("-c, --config <file>", "configuration file", "okws.yaml")
    .option("--json", "print the plan as JSON")
    .addHelpText(
      "after",
      `
Prints every fault with its line and column, or the plan: connections, endpoints, subscriptions.
Secrets are never printed.

Examples:
  okws check -c okws.yaml

Exit codes: 0 the file is good · 2 it is not`,
    )
    .action(async ({ config, json }) => {
      const plan = planOf(await loadConfig({ file: config, environment: io.environment }));
      if (json || !io.outIsTerminal) io.print(JSON.stringify(plan));
      else for (const line of renderPlan(plan)) io.print(line);
      exit(EXIT.done);
    }) as unknown as Command;
}

/** What a configuration comes to. */
export type Plan = {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly connections: readonly {
    readonly server: string;
    readonly url: string;
    readonly login: boolean;
    readonly paths: readonly string[];
  }[];
};

/** One connection for each endpoint that a server's subscriptions need, logged in or not; over v3 a single one. */
export function planOf(config: Config): Plan {
  const connections = config.servers.flatMap((server) => {
    const topics = config.subscribes.filter((entry) => entry.server === server.name).flatMap((entry) =>
      entry.topics
    );
    const groups = new Map<string, Topic[]>([[server.protocol === "v3" ? "v3" : "public", []]]);
    for (const topic of topics) {
      const name = topic.login && topic.endpoint !== "v3" ? `${topic.endpoint}+login` : topic.endpoint;
      groups.set(name, [...groups.get(name) ?? [], topic]);
    }
    return [...groups].map(([name, group]) => ({
      server: server.name,
      url: socketUrl(server.exchange, name.split("+")[0] as Topic["endpoint"]),
      login: name === "v3" ? server.credentials !== undefined : name.endsWith("+login"),
      paths: [...new Set(group.map((topic) => topic.path))],
    }));
  });
  const { REDIS_URL, ...settings } = config.settings;
  const shown = REDIS_URL === undefined ? "127.0.0.1:6379, or the embedded store" : shownRedisUrl(REDIS_URL);
  return { settings: { REDIS_URL: shown, ...settings }, connections };
}

function shownRedisUrl(url: string): string {
  const target = parseRedisUrl(url);
  return target.kind === "fault" ? target.message : target.shown;
}

function renderPlan(plan: Plan): string[] {
  const settings = Object.entries(plan.settings).map(([name, value]) => [name, String(value)]);
  const connections = plan.connections.map(({ server, url, login, paths }) => [
    server,
    url,
    login ? "yes" : "no",
    String(paths.length),
  ]);
  const paths = plan.connections.flatMap(({ server, url, paths }) =>
    paths.map((path) => [server, path, url.slice(url.lastIndexOf("/") + 1)])
  );
  return [
    ...renderTable(["setting", "value"], settings),
    "",
    ...renderTable(["server", "connection", "login", "paths"], connections),
    "",
    ...renderTable(["server", "path", "endpoint"], paths),
    "",
    "The configuration is good.",
  ];
}

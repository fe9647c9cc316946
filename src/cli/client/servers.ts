/** Commands about servers and the service itself: open, close, servers, status, quit. */
import { Option } from "@commander-js/extra-typings";
import type { Client, OpenOptions } from "../../client/client.ts";
import { EXIT, UsageError } from "../exit.ts";
import type { Io } from "../terminal/io.ts";
import { createPaint, wantsColours } from "../terminal/live/style.ts";
import { renderFaults, renderServers, type ServiceFaults, type StatusView } from "../status/mod.ts";
import { words } from "../i18n/translate.ts";
import type { ClientCommands, Show } from "./command.ts";

/** Adds them to the group. */
export function addServerCommands({ add, withClient, io }: ClientCommands): void {
  add(
    "open <name>",
    "open a named connection",
    "open test\n" +
      "open mine --endpoint okx-eea --api-key '${OKX_KEY}' --secret '${OKX_SECRET}' --passphrase '${OKX_PASSPHRASE}'",
  )
    .option("--endpoint <name|url>", "okx, okx-eea, okx-us, okx-tr, each also with -demo, or a URL")
    .addOption(
      new Option("--protocol <v5|v3>", "v3 for old servers, which need a ws:// URL").choices(["v5", "v3"]),
    )
    .option("--api-key <key>", "API key, for private channels; ${NAME} is read from the environment")
    .option("--secret <secret>", "its secret")
    .option("--passphrase <passphrase>", "its passphrase")
    .action((name, flags) =>
      withClient(flags, async (client, show) => {
        await client.openWs(name, toOpen(flags, io.environment));
        show.data({ name, opened: true }, () => [words(io)(`${name} is open`)]);
        return EXIT.done;
      })
    );
  add("close <name>", "close a named connection", "close test").action((name, flags) =>
    withClient(flags, async (client, show) => {
      await client.closeWs(name);
      show.data({ name, closed: true }, () => [words(io)(`${name} is closed`)]);
      return EXIT.done;
    })
  );
  add("servers", "list the open connections", "servers").action((flags) =>
    withClient(flags, async (client, show) => {
      const names = await client.servers();
      show.data(names, () => names);
      return EXIT.done;
    })
  );
  add("status [name]", "show connections and subscriptions with state and age", "status\nstatus test --json")
    .action((name, flags) => withClient(flags, (client, show) => showStatus(client, name, show, io)));
  add("quit", "stop the service", "quit").action((flags) =>
    withClient(flags, async (client, show) => {
      await client.serverQuit();
      show.data({ stopping: true }, () => [words(io)("The service is stopping")]);
      return EXIT.done;
    })
  );
}

async function showStatus(client: Client, name: string | undefined, show: Show, io: Io): Promise<number> {
  const service = name === undefined ? await client.status() as ServiceStatus : undefined;
  const replies = service === undefined ? [await client.status(name) as StatusView] : service.servers;
  const views = await Promise.all(replies.map(async (view): Promise<StatusView> => ({
    ...view,
    records: Object.fromEntries(await client.subscriptionsHere(view.name)),
  })));
  const paint = createPaint(wantsColours(io.environment));
  show.data(name === undefined ? views : views[0], () => [
    ...renderFaults(service, paint, words(io)),
    ...renderServers(views, Date.now(), paint, words(io)),
  ]);
  return EXIT.done;
}

/** What the status of servers is read from, of a service as a whole. */
type ServiceStatus = ServiceFaults & { readonly servers: readonly StatusView[] };

function toOpen(flags: {
  readonly endpoint?: string | undefined;
  readonly protocol?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly secret?: string | undefined;
  readonly passphrase?: string | undefined;
}, environment: Io["environment"]): OpenOptions {
  const read = (option: string, text: string) => expand(option, text, environment);
  return {
    ...(flags.endpoint === undefined ? {} : { endpoint: flags.endpoint }),
    ...(flags.protocol === "v5" || flags.protocol === "v3" ? { protocol: flags.protocol } : {}),
    ...(flags.apiKey === undefined ? {} : { apiKey: read("--api-key", flags.apiKey) }),
    ...(flags.secret === undefined ? {} : { secret: read("--secret", flags.secret) }),
    ...(flags.passphrase === undefined ? {} : { password: read("--passphrase", flags.passphrase) }),
  };
}

/** `${NAME}` stands for a variable, as in the configuration file: what is typed here everybody can read in `ps`. */
function expand(option: string, text: string, environment: Io["environment"]): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const found = environment[name];
    if (found === undefined) throw new UsageError(`${option}: \${${name}} is not set in the environment`);
    return found;
  });
}

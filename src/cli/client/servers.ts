/** Commands about servers, open, close and servers, and about the service itself: status and quit. */
import { isProtocol, PROTOCOLS } from "../../okx/codec.ts";
import { Option } from "@commander-js/extra-typings";
import type { Client, OpenOptions } from "../../client/client.ts";
import { readLease, readServerView, readShards, readStandbys } from "../../client/service_view.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { StoreError } from "../../shared/errors.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import { columnsOf, type Io } from "../terminal/io.ts";
import { createPaint, wantsColours } from "../terminal/live/style.ts";
import {
  renderFaults,
  renderLease,
  renderServers,
  renderShards,
  type ServiceFaults,
  type StatusView,
} from "../status/mod.ts";
import { keyed, translator } from "../i18n/translate.ts";
import { assertOpenable } from "./arguments.ts";
import type { ClientCommands, Output } from "./command.ts";

/** Milliseconds between two looks at a connection that is being opened. */
const LOOK_MS = 100;

/** Adds `open`, `close`, `servers`, `status` and `quit` to the group. */
export function addServerCommands({ add, withClient, io, t }: ClientCommands): void {
  add(
    "open <name>",
    "open.about",
    "open test\n" +
      "open mine --endpoint okx-eea --api-key '${OKX_KEY}' --secret '${OKX_SECRET}' --passphrase '${OKX_PASSPHRASE}'",
  )
    .option("--endpoint <name|url>", t("open.endpoint"))
    .addOption(
      new Option(`--protocol <${PROTOCOLS.join("|")}>`, t("open.protocol")).choices(PROTOCOLS),
    )
    .option("--api-key <key>", t("open.api_key"))
    .option("--secret <secret>", t("option.secret"))
    .option("--passphrase <passphrase>", t("option.passphrase"))
    .action((name, flags) => {
      const options = toOpen(flags, io.environment);
      assertOpenable(name, { apiKey: options.apiKey, secret: options.secret, password: options.password });
      return withClient(flags, async (client, output) => {
        const deadline = performance.now() + Number(flags.timeout);
        await client.openWs(name, options);
        const { url, reason, connected } = await waitForConnection(client, name, { deadline, io });
        output.data(
          { name, opened: true, connected },
          () => connected ? [t("open.done", { name, url })] : [],
        );
        if (!connected) io.note(`okws: ${t("open.not_connected", { name, url, reason })}`);
        return connected ? EXIT.done : EXIT.failed;
      });
    });
  add("close <name>", "close.about", "close test").action((name, flags) =>
    withClient(flags, async (client, output) => {
      const late = await client.closeWs(name);
      const [more, lines] = late === "" ? [{}, []] : [{ late }, [t.sentence(late)]];
      output.data({ name, closed: true, ...more }, () => [t("close.done", { name }), ...lines]);
      return EXIT.done;
    })
  );
  add("servers", "servers.about", "servers").action((flags) =>
    withClient(flags, async (client, output) => {
      const names = await client.servers();
      output.data(names, () => names);
      return EXIT.done;
    })
  );
}

/** Adds what is asked of the service as a whole. */
export function addServiceCommands({ add, withClient, io, t }: ClientCommands): void {
  add("status [name]", "status.about", "status\nstatus test --json")
    .action((name, flags) => withClient(flags, (client, output) => showStatus(client, name, output, io)));
  add("quit", "quit.about", "quit").action((flags) =>
    withClient(flags, async (client, output) => {
      await client.serverQuit();
      output.data({ stopping: true }, () => [t("quit.done")]);
      return EXIT.done;
    })
  );
}

async function showStatus(client: Client, name: string | undefined, output: Output, io: Io): Promise<number> {
  const service = name === undefined ? await client.status() as ServiceStatus : undefined;
  const replies = service === undefined ? [await client.status(name) as StatusView] : service.servers;
  const views = await Promise.all(replies.map(async (view): Promise<StatusView> => ({
    ...view,
    ...leaseOf(service),
    records: await readRecords(client, view.name, replies.length > 1),
  })));
  const paint = createPaint(wantsColours(io.environment));
  output.data(name === undefined ? views : views[0], () => [
    ...renderFaults(service, paint, translator(io)),
    ...renderLease(service, paint, translator(io)),
    ...renderShards(service, paint, translator(io)),
    ...renderServers(views, Date.now(), paint, translator(io), columnsOf(io)),
  ]);
  return EXIT.done;
}

/** Who writes and who stands by is the same for each server; a service whose store is its own says neither. */
function leaseOf(service: ServiceFaults | undefined): Record<string, unknown> {
  const lease = readLease(service?.lease);
  return lease === null ? {} : { ...readShards(service), lease, standbys: readStandbys(service?.standbys) };
}

/** Waits until a server has a connection, until `deadline` on the monotonic clock, and says of the last attempt why not. */
async function waitForConnection(
  client: Client,
  name: string,
  { deadline, io }: { readonly deadline: number; readonly io: Io },
): Promise<{ readonly url: string; readonly reason: string; readonly connected: boolean }> {
  while (true) {
    const { connections } = readServerView(await client.status(name));
    const open = connections.find(({ state }) => state === "connected");
    const [{ url, lastError: reason } = { url: "", lastError: "" }] = open === undefined
      ? connections
      : [open];
    if (open !== undefined || performance.now() >= deadline || io.signal.aborted) {
      return { url, reason, connected: open !== undefined };
    }
    await sleep(LOOK_MS, io.signal);
  }
}

/** Returns what Redis has of a server; nothing of one whose node of a cluster is away, where others have more to say. */
async function readRecords(
  client: Client,
  name: string,
  isOneOfMany: boolean,
): Promise<StatusView["records"]> {
  try {
    return Object.fromEntries(await client.subscriptionsHere(name));
  } catch (error) {
    if (!isOneOfMany || !(error instanceof StoreError)) throw error;
    return {};
  }
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
    ...(isProtocol(flags.protocol) ? { protocol: flags.protocol } : {}),
    ...(flags.apiKey === undefined ? {} : { apiKey: read("--api-key", flags.apiKey) }),
    ...(flags.secret === undefined ? {} : { secret: read("--secret", flags.secret) }),
    ...(flags.passphrase === undefined ? {} : { password: read("--passphrase", flags.passphrase) }),
  };
}

/** `${NAME}` stands for a variable, as in the configuration file: what is typed here everybody can read in `ps`. */
function expand(option: string, text: string, environment: Io["environment"]): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const found = environment[name];
    if (found === undefined) {
      throw new UsageError(keyed("open.unset_variable", { flag: option, variable: `\${${name}}` }));
    }
    return found;
  });
}

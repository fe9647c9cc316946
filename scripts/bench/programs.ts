/** How each program is started for a piece of work. */
import { freePort } from "../../tests/support/free_port.ts";
import { ENGINE } from "../compile/permissions.ts";
import { instrumentNames } from "./exchange/instruments.ts";
import type { Command } from "./process.ts";
import type { Peer } from "./peers/peers.ts";
import { isOurs, type Scenario, UNLEASED } from "./scenario.ts";

/** Where a program reads and writes. */
export type Setup = {
  readonly scenario: Scenario;
  readonly instruments: number;
  readonly exchangePort: number;
  /** Plain HTTP of the exchange. */
  readonly statusPort: number;
  readonly redisPort: number;
  /** The authority that the exchange's certificate is of, where it has one. */
  readonly ca: string | undefined;
  /** A folder of this measurement's own. */
  readonly folder: string;
};

/** A program that can be measured. */
export type Program = {
  readonly command: Command;
  /** Publishes that a message makes. */
  readonly publishes: number;
  /** Where okws says how it went. */
  readonly httpPort?: number;
};

const root = new URL("../../", import.meta.url).pathname;
const DENO: readonly string[] = ["run", "-A", "--no-check", "--config", `${root}deno.json`];

/** Throws where there is no such program. `bin`: an executable of okws instead of the sources. */
export async function prepareProgram(
  setup: Setup,
  { bin, peers }: { readonly bin: string | undefined; readonly peers: readonly Peer[] },
): Promise<Program> {
  const { program } = setup.scenario;
  if (isOurs(program)) return await prepareOkws(setup, bin);
  const peer = peers.find(({ name }) => name === program);
  const command = peer?.command ?? [Deno.execPath(), ...DENO, `${root}scripts/bench/programs/${program}.ts`];
  const address = peer?.needsRest ? [`http://127.0.0.1:${setup.statusPort}`] : [];
  const args = [urlOf(setup), setup.redisPort, setup.scenario.work, setup.instruments, ...address].map(
    String,
  );
  return {
    command: { name: program, command: [...command, ...args], ...surroundings(setup) },
    publishes: peer === undefined ? 2 : 1,
  };
}

async function prepareOkws(setup: Setup, bin: string | undefined): Promise<Program> {
  const { scenario: { work, program }, folder, redisPort, instruments } = setup;
  const httpPort = freePort();
  const file = `${folder}/okws.yaml`;
  const login = program === UNLEASED ? await createUnleased(redisPort) : "";
  const configuration = {
    settings: {
      ...{
        REDIS_URL: `redis://${login}127.0.0.1:${redisPort}`,
        HTTP: `127.0.0.1:${httpPort}`,
        LOG_LEVEL: "error",
      },
      BOOK_FULL: program === "okws-top" ? "off" : "on",
    },
    servers: [{ name: "bench", endpoint: urlOf(setup) }],
    subscribes: [{
      server: "bench",
      channels: instrumentNames(instruments).map((instId) => `${work}:${instId}`),
    }],
  };
  // JSON is YAML.
  await Deno.writeTextFile(file, JSON.stringify(configuration));
  const okws = bin === undefined ? [Deno.execPath(), ...DENO, ENGINE, `${root}main.ts`] : [bin];
  return {
    command: { name: program, command: [...okws, "serve", "-c", file], ...surroundings(setup) },
    publishes: 2,
    httpPort,
  };
}

/** An account that may have no lease: keys of the server alone. Returns what stands before the host in a URL. */
async function createUnleased(port: number): Promise<string> {
  const rights = "on nopass ~okex/bench/* ~okex/servers* ~trade-ws* &* +@all";
  using redis = await Deno.connect({ hostname: "127.0.0.1", port });
  await redis.write(new TextEncoder().encode(`ACL SETUSER unleased reset ${rights}\r\n`));
  const reply = new Uint8Array(200);
  const text = new TextDecoder().decode(reply.subarray(0, await redis.read(reply) ?? 0)).trim();
  if (text !== "+OK") throw new Error(`Redis lets nobody be without a lease: ${text}`);
  return "unleased:any@";
}

function urlOf({ scenario, exchangePort }: Setup): string {
  return `${scenario.tls ? "wss" : "ws"}://127.0.0.1:${exchangePort}`;
}

function surroundings({ ca, folder }: Setup): Pick<Command, "env" | "cwd"> {
  // Python writes what it has compiled beside its sources otherwise.
  return { env: { DENO_CERT: ca, PYTHONDONTWRITEBYTECODE: "1" }, cwd: folder };
}

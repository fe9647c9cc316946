/** Redis as it is run in earnest, of real child processes on the loopback: TLS, sentinels, a cluster. */
import type { Certificates } from "./certificates.ts";
import { freePort } from "./free_port.ts";
import { testWith } from "./needs.ts";
import { redisProgram } from "./redis_program.ts";
import { type RedisServer, startRedis } from "./redis_server.ts";
import { waitFor } from "./wait.ts";

/** A replica that has confirmed its place is sent writes at once; before that they wait on the master. */
const ONLINE = /state=online,offset=[1-9]/;

/** A test that needs a Redis with TLS. */
export function tlsTest(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  testWith(["redis-server with TLS", "openssl"], name, fn);
}

/** The command line of a server that speaks TLS at `port` besides its plain one. */
export function tlsArgs({ ca, cert, key }: Certificates, port: number, clientCertificates = false): string[] {
  return [
    ...["--tls-port", String(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca],
    ...["--tls-auth-clients", clientCertificates ? "yes" : "no"],
  ];
}

/** What a `redis-cli` says; throws where it fails. */
export async function redisCli(port: number, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(redisProgram?.cli ?? "redis-cli", {
    args: ["-p", String(port), ...args],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout).trim();
  if (!success) throw new Error(`redis-cli ${args.join(" ")}: ${text} ${new TextDecoder().decode(stderr)}`);
  return text;
}

/** A master, a replica and three sentinels. */
export type Sentinels = AsyncDisposable & {
  readonly name: string;
  readonly ports: readonly number[];
  /** The sentinels by the same order, to be stopped and continued. */
  readonly processes: readonly { pause(): void; resume(): void }[];
  readonly data: readonly RedisServer[];
  /** The port that the sentinels call the master's now. */
  master(): Promise<number>;
  /** Makes the sentinels choose another master. */
  failOver(): Promise<void>;
};

/** `auth` are arguments that every server takes, and lines for the sentinels' own file. */
export async function startSentinels(
  options: { readonly args?: string[]; readonly password?: string; readonly sentinelPassword?: string } = {},
): Promise<Sentinels> {
  const { args = [], password, sentinelPassword } = options;
  const name = "okws-master";
  const stack = new AsyncDisposableStack();
  try {
    const secret = password === undefined ? [] : ["--requirepass", password, "--masterauth", password];
    const first = stack.use(await startRedis({ args: [...args, ...secret] }));
    const replica = ["--replicaof", "127.0.0.1", String(first.port)];
    const second = stack.use(
      await startRedis({ args: [...args, ...secret, ...replica, "--repl-diskless-sync-delay", "0"] }),
    );
    const auth = password === undefined ? [] : ["-a", password, "--no-auth-warning"];
    await waitFor("the replica", async () => {
      const info = await redisCli(second.port, ...auth, "info", "replication");
      const master = await redisCli(first.port, ...auth, "info", "replication");
      return info.includes("master_link_status:up") && ONLINE.test(master);
    });
    const ports: number[] = [];
    const processes: { pause(): void; resume(): void }[] = [];
    const sentinelAuth = sentinelPassword === undefined ? [] : ["-a", sentinelPassword, "--no-auth-warning"];
    for (let i = 0; i < 3; i++) {
      const folder = await Deno.makeTempDir({ prefix: "okws-sentinel-" });
      stack.defer(() => Deno.remove(folder, { recursive: true }));
      const port = freePort();
      const lines = [
        `port ${port}`,
        "bind 127.0.0.1",
        `dir ${folder}`,
        `sentinel monitor ${name} 127.0.0.1 ${first.port} 2`,
        `sentinel down-after-milliseconds ${name} 1000`,
        `sentinel failover-timeout ${name} 3000`,
        ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${password}`]),
        ...(sentinelPassword === undefined
          ? []
          : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
      ];
      await Deno.writeTextFile(`${folder}/sentinel.conf`, lines.join("\n") + "\n");
      const child = new Deno.Command(redisProgram?.server ?? "redis-server", {
        args: [`${folder}/sentinel.conf`, "--sentinel"],
        ...{ stdin: "null", stdout: "null", stderr: "null" } as const,
      }).spawn();
      stack.defer(async () => {
        child.kill("SIGKILL");
        await child.status;
      });
      processes.push({ pause: () => child.kill("SIGSTOP"), resume: () => child.kill("SIGCONT") });
      ports.push(port);
    }
    const ask = async (port: number, ...words: string[]) =>
      await redisCli(port, ...sentinelAuth, "sentinel", ...words);
    await waitFor("the sentinels to know each other and the replica", async () => {
      const seen = await Promise.all(ports.map((port) => ask(port, "master", name)));
      return seen.every((each) =>
        /num-slaves\n1\n/.test(each) && /num-other-sentinels\n2\n/.test(each) && /flags\nmaster\n/.test(each)
      );
    }, { deadlineMs: 40_000 });
    const owned = stack.move();
    const master = async () =>
      Number((await ask(ports[0] as number, "get-master-addr-by-name", name)).split("\n")[1]);
    return {
      name,
      ports,
      processes,
      data: [first, second],
      master,
      failOver: async () => {
        const before = await master();
        await waitFor("the fail-over to begin", async () => {
          return (await ask(ports[0] as number, "failover", name)) === "OK" || (await master()) !== before;
        }, { everyMs: 500 });
        await waitFor("another master", async () => (await master()) !== before, { deadlineMs: 40_000 });
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Three masters, and replicas of them where asked for. */
export type Cluster = AsyncDisposable & {
  readonly nodes: readonly RedisServer[];
  readonly url: string;
  /** The node that serves a slot, as the first living node says. */
  ownerOf(slot: number): Promise<RedisServer>;
};

/** `replicas` per master; `args` for every node, and the password that they set. */
export async function startCluster(
  options: {
    readonly replicas?: number;
    readonly args?: string[];
    readonly password?: string;
    /** Clients and nodes speak TLS; the plain ports stay for the tests' own looks. */
    readonly tls?: Certificates;
  } = {},
): Promise<Cluster> {
  const { replicas = 0, args = [], password, tls } = options;
  const auth = password === undefined ? [] : ["-a", password, "--no-auth-warning"];
  const stack = new AsyncDisposableStack();
  try {
    const nodes: RedisServer[] = [];
    const ports: number[] = [];
    for (let i = 0; i < 3 * (1 + replicas); i++) {
      const port = tls === undefined ? undefined : freePort();
      const tlsLines = tls === undefined || port === undefined
        ? []
        : [...tlsArgs(tls, port), "--tls-cluster", "yes", "--tls-replication", "yes"];
      nodes.push(stack.use(await startNode([...args, ...tlsLines])));
      ports.push(port ?? (nodes.at(-1) as RedisServer).port);
    }
    const places = ports.map((port) => `127.0.0.1:${port}`);
    const spoken = tls === undefined ? [] : ["--tls", "--cacert", tls.ca];
    await redisCli(ports[0] as number, ...spoken, ...auth, "--cluster", "create", ...places, ...[
      "--cluster-replicas",
      String(replicas),
      "--cluster-yes",
    ]);
    await waitFor("the cluster", async () => {
      const states = await Promise.all(nodes.map(({ port }) => redisCli(port, ...auth, "cluster", "info")));
      const replicated = await Promise.all(
        nodes.map(({ port }) => redisCli(port, ...auth, "info", "replication")),
      );
      return states.every((each) => each.includes("cluster_state:ok")) &&
        replicated.filter((each) => each.includes("role:slave")).length === 3 * replicas &&
        replicated.filter((each) => ONLINE.test(each)).length === 3 * Math.min(1, replicas);
    }, { deadlineMs: 40_000 });
    const owned = stack.move();
    return {
      nodes,
      url: `redis${tls === undefined ? "" : "s"}+cluster://${places.slice(0, 3).join(",")}`,
      ownerOf: async (slot) => await ownerOf(nodes, slot),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** TraderActions a slot with its keys to another node while the cluster works, as `redis-cli --cluster reshard` does. */
export async function moveSlot(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
  const [fromId, toId] = await Promise.all([from, to].map(({ port }) => redisCli(port, "cluster", "myid")));
  await redisCli(to.port, "cluster", "setslot", String(slot), "importing", fromId as string);
  await redisCli(from.port, "cluster", "setslot", String(slot), "migrating", toId as string);
  while (true) {
    const keys = await redisCli(from.port, "cluster", "getkeysinslot", String(slot), "50");
    if (keys === "") break;
    await redisCli(
      from.port,
      "migrate",
      "127.0.0.1",
      String(to.port),
      "",
      "0",
      "5000",
      "keys",
      ...keys.split("\n"),
    );
  }
  for (const node of [to, from]) {
    await redisCli(node.port, "cluster", "setslot", String(slot), "node", toId as string);
  }
}

async function startNode(args: readonly string[]): Promise<RedisServer> {
  return await startRedis({
    port: freePort(),
    args: [
      ...[
        "--cluster-enabled",
        "yes",
        "--cluster-config-file",
        "nodes.conf",
        "--cluster-node-timeout",
        "2000",
      ],
      ...["--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0", ...args],
    ],
  });
}

async function ownerOf(nodes: readonly RedisServer[], slot: number): Promise<RedisServer> {
  for (const { port } of nodes) {
    const text = await redisCli(port, "--json", "cluster", "slots").catch(() => "[]");
    const ranges = JSON.parse(text) as [number, number, [string, number]][];
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    const owner = nodes.find((node) => node.port === range?.[2][1]);
    if (owner !== undefined) return owner;
  }
  throw new Error(`Nobody serves slot ${slot}`);
}

/** One sentinel over TLS alone, for a master that speaks TLS at `port`. */
export async function startTlsSentinel(
  files: Certificates,
  master: { readonly name: string; readonly port: number },
): Promise<AsyncDisposable & { readonly port: number }> {
  const folder = await Deno.makeTempDir({ prefix: "okws-sentinel-" });
  const port = freePort();
  const lines = [
    ...["port 0", "bind 127.0.0.1", `dir ${folder}`, "tls-replication yes"],
    ...tlsArgs(files, port).join(" ").split(" --").map((each) => each.replace(/^--/, "")),
    `sentinel monitor ${master.name} 127.0.0.1 ${master.port} 1`,
  ];
  await Deno.writeTextFile(`${folder}/sentinel.conf`, lines.join("\n") + "\n");
  const child = new Deno.Command(redisProgram?.server ?? "redis-server", {
    args: [`${folder}/sentinel.conf`, "--sentinel"],
    ...{ stdin: "null", stdout: "null", stderr: "null" } as const,
  }).spawn();
  await waitFor("the sentinel", async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.close();
    return true;
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/**
 * Two instances of the service, each started to stand by: to the rest of the referee they are one, which is the one that
 * writes, as its pages say.
 */
import { createService, type Ready, type Service, type ServiceOptions } from "./service.ts";
import { until } from "./wait.ts";

export type Pair = Service & {
  /** The one that writes, as soon as there is one; undefined: there is none within the time. */
  writer(ms: number): Promise<Service | undefined>;
  /** The one beside it. */
  other(one: Service): Service;
  /** Starts a life of one of both. */
  startOne(one: Service, flags?: readonly string[]): Promise<boolean>;
};

/** How long both may take until one of them writes. */
const START_MS = 60_000;

export function createPair(options: ServiceOptions): Pair {
  const [one, two] = [createService(options), createService(options)] as const;
  let writing: { service: Service; since: number } | undefined;

  /** Looks who writes now, where that is not known. */
  async function look(): Promise<Service | undefined> {
    if (writing !== undefined) return writing.service;
    const found = await Promise.all([one, two].map(async (each) => await roleOf(each) === "active"));
    const service = [one, two].find((_, i) => found[i]);
    if (service !== undefined) writing ??= { service, since: Date.now() };
    return service;
  }

  async function ready(): Promise<Ready | undefined> {
    const service = await look();
    const answer = await service?.ready();
    if (answer !== undefined && answer.text !== "standby") return answer;
    if (writing?.service === service) writing = undefined;
    return undefined;
  }

  const startOne: Pair["startOne"] = (each, flags = []) =>
    each.start({}, ["--http", `127.0.0.1:${each.httpPort}`, "--standby", ...flags]);

  return {
    httpPort: one.httpPort,
    // The one that asks knows of them.
    get ends() {
      return [...one.ends.splice(0), ...two.ends.splice(0)];
    },
    get log() {
      return [...one.log.slice(-20), ...two.log.slice(-20)];
    },
    get lives() {
      return one.lives + two.lives;
    },
    get livingSince() {
      return writing?.service.livingSince === undefined ? undefined : writing.since;
    },
    async start() {
      if (!await startOne(one)) return false;
      return await until(START_MS, look) !== undefined && await startOne(two);
    },
    async kill() {
      await Promise.all([one.kill(), two.kill()]);
    },
    async stop() {
      const service = await look() ?? one;
      await (service === one ? two : one).stop();
      return await service.stop();
    },
    signal: (signal) => [one, two].forEach((each) => each.signal(signal)),
    ready,
    get: async (page) => await (await look() ?? one).get(page),
    run: one.run,
    writer: async (ms) =>
      await until(ms, async () => {
        await ready();
        return writing?.service;
      }, 100),
    other: (each) => each === one ? two : one,
    startOne,
    async [Symbol.asyncDispose]() {
      await Promise.all([one, two].map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

/** What its pages say that it is; undefined: they do not answer. */
async function roleOf(service: Service): Promise<string | undefined> {
  if (service.livingSince === undefined) return undefined;
  try {
    return JSON.parse(await service.get("/api/state") ?? "{}").lease?.role;
  } catch {
    return undefined;
  }
}

/** What is done to two instances of the service, of which one writes and the other stands by. */
import type { Environment } from "../environment.ts";
import type { Service } from "../service.ts";
import type { Pair } from "../pair.ts";
import { sleep, until } from "../wait.ts";
import { type Play, play } from "./action.ts";

/** The lease has to run out, and what follows is a start; the rest is for the machine. */
const HANDOVER_MS = 40_000;
/** One that was replaced has noticed it by then. */
const NOTICED_MS = 30_000;

export const PAIR_PLAYS: Readonly<Record<string, Play>> = {
  "kill the writer": play(
    (random) => ({ downMs: random.int(0, 4000) }),
    (environment, { downMs }) =>
      withWriter(environment, async (pair, writer) => {
        await writer.kill();
        await handedOver(environment, pair, writer);
        await sleep(downMs);
        await startAgain(environment, pair, writer);
      }),
  ),
  "stop the writer": play(
    (random) => ({ downMs: random.int(0, 4000) }),
    (environment, { downMs }) =>
      withWriter(environment, async (pair, writer) => {
        const code = await writer.stop();
        if (code !== 0) environment.seen.push({ what: `the writer stops with code ${code}`, evidence: "" });
        await handedOver(environment, pair, writer);
        await sleep(downMs);
        await startAgain(environment, pair, writer);
      }),
  ),
  "hang the writer": play(
    (random) => ({ onMs: random.int(0, 6000) }),
    (environment, { onMs }) =>
      withWriter(environment, async (pair, writer) => {
        writer.signal("SIGSTOP");
        await handedOver(environment, pair, writer);
        await sleep(onMs);
        writer.signal("SIGCONT");
        await standsBy(environment, writer);
      }),
  ),
  "take over": play(
    () => ({}),
    (environment) =>
      withWriter(environment, async (pair, writer) => {
        const next = pair.other(writer);
        await next.stop();
        await startAgain(environment, pair, next, ["--takeover"]);
        await handedOver(environment, pair, writer);
        await standsBy(environment, writer);
      }),
  ),
  "kill the one that stands by": play(
    (random) => ({ downMs: random.int(0, 4000) }),
    (environment, { downMs }) =>
      withWriter(environment, async (pair, writer) => {
        const other = pair.other(writer);
        await other.kill();
        await sleep(downMs);
        await startAgain(environment, pair, other);
      }),
  ),
};

async function withWriter(
  environment: Environment,
  work: (pair: Pair, writer: Service) => Promise<void>,
): Promise<void> {
  const { pair } = environment;
  const writer = await pair?.writer(HANDOVER_MS);
  if (pair === undefined) return;
  if (writer === undefined) environment.seen.push({ what: "nobody writes", evidence: pair.log.join("\n") });
  else await work(pair, writer);
}

async function handedOver(environment: Environment, pair: Pair, from: Service): Promise<void> {
  const next = await until(HANDOVER_MS, async () => {
    const writer = await pair.writer(1000);
    return writer !== undefined && writer !== from;
  });
  if (next) return;
  environment.seen.push({
    what: `nobody takes over within ${HANDOVER_MS / 1000} s`,
    evidence: pair.other(from).log.slice(-5).join("\n"),
  });
}

async function startAgain(
  environment: Environment,
  pair: Pair,
  one: Service,
  flags: readonly string[] = [],
): Promise<void> {
  if (await pair.startOne(one, flags)) return;
  const evidence = one.log.slice(-5).join("\n");
  environment.seen.push({ what: "the service does not start", evidence });
}

async function standsBy(environment: Environment, one: Service): Promise<void> {
  // One that does not reach the exchange now says that instead.
  const stands = await until(NOTICED_MS, async () => {
    const text = await one.get("/api/state");
    return text !== undefined && JSON.parse(text).lease?.role === "standby";
  });
  if (stands) return;
  const evidence = one.log.slice(-5).join("\n");
  environment.seen.push({ what: "one that was replaced does not stand by again", evidence });
}

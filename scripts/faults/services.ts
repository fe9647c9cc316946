/** Several services under one KEY_PREFIX: one that stands by, who writes, and that nobody does after the next one. */
import type { Child } from "../../tests/support/child.ts";
import { waitFor } from "../../tests/support/wait.ts";
import { lateWrites, watchWriters } from "../../tests/support/writers.ts";
import type { FaultCase, Run } from "./case.ts";

export const LEADER = "okex/leader";

/** As a fault strikes, with every command seen meanwhile: none of a service comes after the first of the next one. */
export function fenced(strike: FaultCase["strike"]): FaultCase["strike"] {
  return async (run) => {
    const { environment: { redis }, fault } = run;
    await using writers = await watchWriters(`redis://127.0.0.1:${redis.port}`);
    await strike(run);
    const late = lateWrites(writers.written);
    const [first] = late;
    if (first !== undefined) fault(`${late.length} commands came late, ${first.command} ${first.key} first`);
    if (writers.instances().length < 2) fault("no second service has written");
  };
}

/** Starts another one that stands by; resolves with the one that writes and the other, which is looked at from now on. */
export async function standBy(
  { environment }: Run,
  ...more: readonly string[]
): Promise<readonly [Child, Child]> {
  const writer = environment.service();
  await environment.startBeside("--standby", ...more);
  await waitFor("it to stand by", async () => await environment.readiness().catch(() => "") === "standby", {
    deadlineMs: 30_000,
  });
  const standby = environment.service();
  await standby.waitForLine(/Standing by/, { deadlineMs: 30_000 });
  return [writer, standby];
}

/** Resolves when it says of itself that all that it holds is there. */
export async function warm({ environment }: Run, { pid }: Child): Promise<void> {
  const { client } = environment.redis;
  await waitFor("it to be ready to take over", async () => {
    const texts = await client.hvals("okex/instances");
    return texts.some((text) => {
      const said = JSON.parse(text) as { readonly pid?: number; readonly ready?: boolean };
      return said.pid === pid && said.ready === true;
    });
  }, { deadlineMs: 40_000 });
}

/** Says how long it took until the next one was ready. */
export async function noteReady({ environment, note }: Run, start: number): Promise<void> {
  await environment.waitReady(40_000);
  note(`the next one was ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** One that is not the writer ends with 1 and says who is. */
export async function expectRefusal(child: Child, fault: (text: string) => void): Promise<void> {
  const code = await child.ended(40_000);
  if (code !== 1) fault(`the other one ended with ${code}`);
  if (
    !child.lines.some(({ text }) => /another okws keeps what is under KEY_PREFIX okex: pid \d+ on/.test(text))
  ) {
    fault("the other one did not say who writes");
  }
}

/** The service that runs is the one that holds the lease. */
export async function expectWriter(
  environment: Run["environment"],
  fault: (text: string) => void,
): Promise<void> {
  const holder = JSON.parse(await environment.redis.client.get(LEADER) ?? "{}") as { readonly pid?: number };
  const { pid } = environment.service();
  if (holder.pid !== pid) fault(`the lease is that of pid ${holder.pid}, and pid ${pid} runs`);
}

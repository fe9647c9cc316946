/** `live` means that this life of the service has a connection that serves the path; `ready` that all are. */
import { CONTENDED, key, nameOf, WATCHED } from "../paths.ts";
import type { Snapshot } from "../observe.ts";
import type { Environment } from "../environment.ts";
import { type Finding, PATIENCE_MS } from "./finding.ts";

/** docs/reference/http.md: a Redis that has not answered for 5 s is a reason; the rest is for the machine. */
const REDIS_MS = 8000;
/** A change of what is wanted is in `P/subs` by then. */
const CHANGE_MS = 12_000;

export function checkStates(environment: Environment, { at, ready, subs, hashes }: Snapshot): Finding[] {
  const findings: Finding[] = [];
  const find = (what: string, evidence = "", patienceMs = PATIENCE_MS) =>
    findings.push({ what, evidence, patienceMs });
  const { livingSince } = environment.service;
  // Of a service that is not there P/subs goes on saying what it said; that is what P/status is for.
  if (livingSince === undefined || livingSince > at) return [];
  const served = [...environment.exchange.stage.sockets.connections].flatMap((
    { subscriptions },
  ) => [...subscriptions.values()]);
  for (const item of [...WATCHED, CONTENDED]) {
    const name = nameOf(item);
    const sub = subs.get(name);
    const has = served.some((arg) =>
      Object.entries(item.arg).every(([member, value]) => arg[member] === value)
    );
    if (sub?.state === "live" && !has) {
      find(`${name} is live, and no connection serves it`, JSON.stringify(sub));
    }
    if (item.kind === "book" && hashes.get(key(item.server, item.path))!.state === "live" && !has) {
      find(`the book of ${name} says live, and no connection serves it`);
    }
    const want = environment.wants.get(name)!;
    if (want.state === "unknown" || at - Math.max(want.since, livingSince) < CHANGE_MS) continue;
    if (want.state === "yes" && ready && !sub) find(`${name} is wanted and not in P/subs`, "", CHANGE_MS);
    if (want.state === "no" && sub) {
      find(`${name} is not wanted and in P/subs`, JSON.stringify(sub), CHANGE_MS);
    }
    if (want.state === "yes" && ready && sub && !/^(live|refused)$/.test(sub.state)) {
      find(`/readyz is 200 and ${name} is ${sub.state}`);
    }
  }
  return findings;
}

/** While Redis answers nobody. */
export async function checkUnanswered(environment: Environment): Promise<Finding[]> {
  const since = environment.unansweredSince;
  if (since === 0 || Date.now() - since < REDIS_MS || environment.service.livingSince === undefined) {
    return [];
  }
  const ready = await environment.service.ready();
  if (!ready?.ok || environment.unansweredSince !== since) return [];
  const evidence = `it has not answered for ${Date.now() - since} ms`;
  return [{ what: "/readyz is 200 and Redis does not answer", evidence, patienceMs: 1000 }];
}

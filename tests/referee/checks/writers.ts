/** One writer at a time: nothing is written by an instance after another one has begun to. */
import type { Environment } from "../environment.ts";
import type { Finding } from "./finding.ts";

export function checkWriters({ writers }: Environment): Finding[] {
  const late = writers?.late;
  if (late === undefined) return [];
  return [{
    what: `${late.instance} writes after another one has begun to`,
    evidence: late.command,
    patienceMs: 0,
  }];
}

/** One writer at a time: nothing is written by a service after another one has begun to. */
import { lateWrites } from "../../support/writers.ts";
import type { Environment } from "../environment.ts";
import type { Finding } from "./finding.ts";

export function checkWriters({ writers }: Environment): Finding[] {
  const [late] = writers === undefined ? [] : lateWrites(writers.written);
  if (late === undefined) return [];
  const { instance, command, key } = late;
  return [{ what: `${instance} writes after another one`, evidence: `${command} ${key}`, patienceMs: 0 }];
}

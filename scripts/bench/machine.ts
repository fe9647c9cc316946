/** What a run was measured on, for readers of its figures. */
import { cpus, release, totalmem, type } from "node:os";
import type { Run } from "./run.ts";

const root = new URL("../../", import.meta.url);

/** `redisInfo`: INFO of the server that is measured with. */
export function describeMachine(redisInfo: string): Omit<Run["machine"], "loadAtEnd"> {
  const processors = cpus();
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(redisInfo)?.[1];
  const valkey = field("valkey_version");
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release().split("-")[0]}`,
    load: Deno.loadavg()[0] ?? 0,
    runtime: `Deno ${Deno.version.deno}`,
    redis: valkey === undefined ? `Redis ${field("redis_version")}` : `Valkey ${valkey}`,
  };
}

/** The version of this checkout. A commit is empty where there is no git. */
export async function describeOkws(bin: string | undefined): Promise<Run["okws"]> {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  return { version, commit: await commit(), program: bin === undefined ? "sources" : "executable" };
}

async function commit(): Promise<string> {
  try {
    const args = ["-C", root.pathname, "rev-parse", "--short=10", "HEAD"];
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  } catch {
    return "";
  }
}

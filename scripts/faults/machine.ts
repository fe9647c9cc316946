/** In one line, what the figures were measured on. */
import { runChild } from "../../tests/support/child.ts";
import { redisProgram } from "../../tests/support/redis_program.ts";
import type { Program } from "./program.ts";

/** Processor, memory, kernel and versions. */
export async function describeMachine(program: Program): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = /^model name\s*:\s*(.+)$/m.exec(info)?.[1] ?? Deno.build.arch;
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  const version = (await runChild(program.command, [...program.args, "--version"])).stdout.trim();
  return `${navigator.hardwareConcurrency} cores (${model}), ${memory} GB, ${Deno.build.os} ${
    Deno.osRelease().split("-")[0]
  }, ${redisProgram?.kind ?? "Redis"} ${redisProgram?.version ?? "?"}, ${version} as ${program.name}`;
}

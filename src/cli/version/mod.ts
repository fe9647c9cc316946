/** `okws version`: which okws this is, for a person and for a report of a fault. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { COMMIT, FROM_NPM } from "../../shared/build.ts";
import { usesProxies } from "../../shared/proxy.ts";
import { IOREDIS_VERSION, VERSION } from "../../shared/version.ts";
import { EXIT } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import { translator } from "../i18n/translate.ts";
import type { Io } from "../terminal/io.ts";

/** What is printed. */
export type About = {
  readonly version: string;
  /** Null from the sources. */
  readonly commit: string | null;
  readonly runtime: {
    readonly deno: string;
    readonly v8: string;
    readonly target: string;
    readonly executable: boolean;
    /** What runs: an executable, the bundle of the npm package, or the sources. */
    readonly build: "executable" | "npm package" | "sources";
  };
  /** What depends on the runtime or the platform. */
  readonly features: readonly string[];
};

/** Returns the command, for the help and the parser. */
export function versionCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("version").description(t("version.about"));
  addHelp(command, {
    about: "version.help",
    examples: ["okws version", ["okws version --json", "version.example_json"]],
    exits: { 0: "exit.done", 2: "exit.usage" },
  });
  return command.option("--json", t("version.json")).action(({ json }) => {
    const about = describeBuild();
    if (json) io.print(JSON.stringify(about));
    else for (const line of renderBuild(about)) io.print(line);
    exit(EXIT.done);
  });
}

/** Returns what this program is. */
function describeBuild(): About {
  const { deno, v8 } = Deno.version;
  const hasProxies = usesProxies(deno);
  const { standalone, target } = Deno.build;
  const build = standalone ? "executable" : FROM_NPM ? "npm package" : "sources";
  return {
    version: VERSION,
    commit: COMMIT ?? null,
    runtime: { deno, v8, target, executable: standalone, build },
    features: [
      ...["protocol-v5", "protocol-v3", "embedded-store", `ioredis-${IOREDIS_VERSION}`],
      ...(hasProxies ? ["websocket-proxies", "ipv4-fallback"] : []),
      ...(Deno.build.os === "linux" ? ["systemd"] : Deno.build.os === "darwin" ? ["launchd"] : []),
    ],
  };
}

/** In lines of name and value. */
function renderBuild({ version, commit, runtime, features }: About): string[] {
  const { deno, v8, target, build } = runtime;
  return [
    `okws ${version}`,
    `commit    ${commit ?? "-"}`,
    `runtime   Deno ${deno}, V8 ${v8}, ${target}, ${build}`,
    `features  ${features.join(" ")}`,
  ];
}

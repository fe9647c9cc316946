/** `okws mock`: the simulated exchange in the foreground. */
import { DEFAULT_PROTOCOL, isProtocol, type Protocol } from "../../okx/codec.ts";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { startMock } from "../../mock/server.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import { readNumber } from "../shared/numbers.ts";
import type { Io } from "../terminal/io.ts";
import { keyed, type Translate, translator } from "../i18n/translate.ts";

/** Returns the command, for the help and the parser. */
export function mockCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("mock")
    .description(t("mock.about"))
    .option("--port <port>", t("mock.port"), "8080")
    .option("--protocol <v5|v3>", t("mock.protocol"), "v5")
    .option("--rate <n>", t("mock.speed"))
    .option("--seed <n>", t("mock.seed"))
    .option(
      "--faults <list>",
      t("mock.faults"),
    )
    .option("--coins <n>", t("mock.coins"))
    .option("--limits", t("mock.limits"))
    .option("--demo", t("mock.demo"))
    .action(async (flags) => {
      const { port, protocol, rate, seed, faults, coins, limits, demo } = flags;
      if (!isProtocol(protocol)) {
        throw new UsageError(keyed("mock.protocol_value", { value: protocol }));
      }
      const options = {
        port: readNumber("--port", port, { least: 0, most: 65535 }),
        ...(rate === undefined ? {} : { rate: readNumber("--rate", rate, { least: 0.01, most: 100_000 }) }),
        ...(seed === undefined ? {} : { seed: readNumber("--seed", seed, { least: 0, most: 2 ** 32 }) }),
        ...(coins === undefined ? {} : { coins: readNumber("--coins", coins, { least: 0, most: 5000 }) }),
        ...(limits === true ? { limits } : {}),
        ...(demo === true ? { demo } : {}),
        ...(faults === undefined ? {} : { faults }),
      };
      exit(await runMock(options, protocol, io, t));
    });
  return addHelp(command, {
    about: "mock.help",
    examples: [
      "okws mock --port 8080",
      ["okws mock --coins 500 --limits", "mock.example_many"],
      ["okws mock --port 0 --faults drop=20s --seed 7", "mock.example_drop"],
      ["okws mock --faults rest-lag=30s,rest-short=100@market", "mock.example_lag"],
    ],
    exits: { 0: "exit.stopped", 1: "mock.exit_taken", 2: "exit.usage" },
  });
}

/** Where the mock listens, by protocol. */
const PATHS: Readonly<Record<Protocol, string>> = {
  v5: "/ws/v5/public, /business, /private",
  v3: "/ws/v3",
};

async function runMock(
  options: Parameters<typeof startMock>[0],
  protocol: Protocol,
  io: Io,
  t: Translate,
): Promise<number> {
  try {
    await using mock = await startMock(options);
    io.print(`${mock.url}`);
    io.note(t("mock.started", { url: mock.url, paths: PATHS[protocol] }));
    const members = [
      `endpoint: ${mock.url}${options?.demo === true ? "?brokerId=9999" : ""}`,
      ...(protocol === DEFAULT_PROTOCOL ? [] : [`protocol: ${protocol}`]),
    ];
    io.note(t("mock.members", { members: members.join("  and  ") }));
    await new Promise<void>((resolve) => {
      if (io.signal.aborted) resolve();
      io.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    return EXIT.done;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) throw new UsageError(error.message);
    if (error instanceof Deno.errors.AddrInUse) {
      io.note(`okws: ${t("mock.port_taken", { port: options?.port ?? "" })}`);
    } else throw error;
    return EXIT.failed;
  }
}

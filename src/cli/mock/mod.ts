/** `okws mock`: the simulated exchange in the foreground. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { startMock } from "../../mock/server.ts";
import { EXIT, UsageError } from "../exit.ts";
import { teach } from "../help.ts";
import type { Io } from "../terminal/io.ts";

/** The command, for the help and the parser. */
export function mockCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("mock")
    .description("run a simulated OKX to develop and test against")
    .option("--port <port>", "port on 127.0.0.1; 0 takes a free one", "8080")
    .option("--protocol <v5|v3>", "which wire the hints below speak of; both are served", "v5")
    .option("--rate <n>", "market steps a second; with --replay frames a second")
    .option("--seed <n>", "seed of the market; the same seed gives the same market")
    .option(
      "--faults <list>",
      "faults from the start, e.g. drop=20s,late-ack=2s,refuse=tickers:XRP-USDT,garbage=0.01",
    )
    .option("--coins <n>", "as many made-up coins more (C001-USDT, …), to try many instruments")
    .option("--limits", "enforce the exchange's limits: 3 connections a second, 480 requests an hour on each")
    .option("--demo", "be demo trading: REST answers for it with the header x-simulated-trading: 1 only")
    .option("--replay <file>", "play recorded frames (JSON lines) instead of the market")
    .action(async (flags) => {
      const { port, protocol, rate, seed, faults, coins, limits, demo, replay } = flags;
      if (protocol !== "v5" && protocol !== "v3") throw new UsageError(`--protocol is v5 or v3: ${protocol}`);
      const options = {
        port: readNumber("--port", port, 0, 65535),
        ...(rate === undefined ? {} : { rate: readNumber("--rate", rate, 0.01, 100_000) }),
        ...(seed === undefined ? {} : { seed: readNumber("--seed", seed, 0, 2 ** 32) }),
        ...(coins === undefined ? {} : { coins: readNumber("--coins", coins, 0, 5000) }),
        ...(limits === true ? { limits } : {}),
        ...(demo === true ? { demo } : {}),
        ...(faults === undefined ? {} : { faults }),
        ...(replay === undefined ? {} : { replay }),
      };
      exit(await runMock(options, protocol, io));
    });
  return teach(command, {
    about: "Demo login: apiKey demo-key, secret demo-secret, password demo-pass.\n" +
      'Faults while it runs: curl -d "drop" http://127.0.0.1:PORT/mock/command\n' +
      "All of them: http://127.0.0.1:PORT/, and docs/mock.md, which says what is refused as OKX refuses it.",
    examples: [
      "okws mock --port 8080",
      ["okws mock --coins 500 --limits", "many instruments, within the exchange's limits"],
      ["okws mock --port 0 --faults drop=20s --seed 7", "a free port, a drop every 20 s"],
      ["okws mock --faults rest-lag=30s,rest-short=100@market", "REST that lags, with short pages"],
    ],
    exits: { 0: "stopped", 1: "the port is taken", 2: "wrong usage" },
  });
}

async function runMock(
  options: Parameters<typeof startMock>[0],
  protocol: "v5" | "v3",
  io: Io,
): Promise<number> {
  try {
    await using mock = await startMock(options);
    io.print(`${mock.url}`);
    io.note(
      `Simulated OKX at ${mock.url} (${protocol === "v5" ? "/ws/v5/public, /business, /private" : "/ws/v3"})`,
    );
    const members = [
      `endpoint: ${mock.url}${options?.demo === true ? "?brokerId=9999" : ""}`,
      ...(protocol === "v3" ? ["protocol: v3"] : []),
    ];
    io.note(`Give a server of your okws.yaml:  ${members.join("  and  ")}`);
    await new Promise<void>((resolve) => {
      if (io.signal.aborted) resolve();
      io.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    return EXIT.done;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) throw new UsageError(error.message);
    if (error instanceof Deno.errors.AddrInUse) {
      io.note(`okws: port ${options?.port} is taken; choose another with --port`);
    } else if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(`There is no file ${options?.replay}`);
    } else throw error;
    return EXIT.failed;
  }
}

function readNumber(name: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (!(value >= from && value <= to)) {
    throw new UsageError(`${name} is a number from ${from} to ${to}: ${text}`);
  }
  return value;
}

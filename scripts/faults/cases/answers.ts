/** Faults of the exchange's answers: late, missing, refusing. */
import type { FaultCase, Run } from "../case.ts";
import { SERVER } from "../environment.ts";

export const ANSWER_CASES: readonly FaultCase[] = [
  {
    name: "late-answers",
    title: "answers 4 s late, after a drop",
    announced: [/^subs sent$/, /^subs stale \S+$/, /^gaps filled$/],
    async strike({ environment, seen, pause, lifted }) {
      await environment.exchange.command("late-ack=4s");
      await environment.exchange.command("drop");
      await seen(/^subs sent$/);
      await pause(5000);
      await environment.exchange.command("late-ack=off");
      lifted();
    },
  },
  {
    name: "missing-answers",
    title: "requests lost, nothing answered for 8 s after a drop",
    announced: [/^subs sent$/, /^readyz .* is sent: .+$/, /^gaps filled$/],
    async strike({ environment, seen, pause, lifted }) {
      await environment.exchange.command("deaf on");
      await environment.exchange.command("drop");
      await seen(/^subs sent$/);
      await pause(8000);
      await environment.exchange.command("deaf off");
      lifted();
    },
  },
  {
    name: "refused",
    title: "a subscription refused (60018), given up and asked for again",
    announced: [/^subs refused 60018$/, /^log The exchange refused a subscription$/],
    async strike(run) {
      const { environment, seen, note, fault, lifted } = run;
      await environment.exchange.command("refuse=tickers:XRP-USDT");
      const refused = await environment.client("subscribe", SERVER, "tickers:XRP-USDT");
      await seen(/^subs refused 60018$/);
      note(`okws client subscribe: exit code ${refused.code}`);
      if (refused.code !== 1) fault("the command did not fail");
      await environment.exchange.command("refuse off");
      lifted();
      await subscribe(run, "tickers:XRP-USDT");
    },
  },
  {
    name: "partly-refused",
    title: "one of three in a request refused, the others live",
    announced: [/^subs refused 60018$/],
    async strike(run) {
      const { environment, seen, fault, lifted } = run;
      const paths = ["tickers:XRP-USDT", "tickers:DOGE-USDT", "trades:SOL-USDT"];
      await environment.exchange.command("refuse=tickers:XRP-USDT");
      await environment.client("subscribe", SERVER, ...paths);
      await seen(/^subs refused 60018$/);
      for (const path of paths.slice(1)) {
        if (await stateOf(run, path) !== "live") fault(`${path} is not live beside the refused one`);
      }
      await environment.exchange.command("refuse off");
      lifted();
      await subscribe(run, "tickers:XRP-USDT");
    },
  },
  {
    name: "60014",
    title: "60014, requests too frequent, for 5 s after a drop",
    announced: [/^subs stale \S+$/, /^gaps filled$/],
    async strike({ environment, pause, lifted }) {
      await environment.exchange.command("too-frequent on");
      await environment.exchange.command("drop");
      await pause(5000);
      await environment.exchange.command("too-frequent off");
      lifted();
    },
  },
  {
    name: "connection-count",
    title: "private channels above their connection count, taken back",
    announced: [/^subs refused channel-conn-count-error$/],
    recoveryMs: 150_000,
    async strike({ environment, seen, lifted }) {
      await environment.exchange.command("conn-count-error on");
      await environment.exchange.command("drop private");
      await seen(/^subs refused channel-conn-count-error$/);
      await environment.exchange.command("conn-count-error off");
      lifted();
    },
  },
  {
    name: "login-refused",
    title: "login refused (60009), public data goes on",
    announced: [/^subs refused 60009$/],
    recoveryMs: 150_000,
    async strike(run) {
      const { environment, seen, flows, lifted } = run;
      await environment.exchange.command("login-refused");
      await environment.exchange.command("drop private");
      await seen(/^subs refused 60009$/);
      await flows();
      await environment.exchange.command("login-refused=off");
      lifted();
    },
  },
];

async function subscribe({ environment, fault }: Run, path: string): Promise<void> {
  const { code, stderr } = await environment.client("subscribe", SERVER, path);
  if (code !== 0) fault(`${path} is not live after the repair: ${stderr.trim()}`);
}

async function stateOf({ environment }: Run, path: string): Promise<string> {
  const text = await environment.redis.client.hget(`okex/${SERVER}/subs`, path);
  return text === null ? "" : (JSON.parse(text) as { state: string }).state;
}

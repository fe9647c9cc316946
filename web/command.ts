/// <reference lib="dom" />
/** Commands of the page, and their replies in words. */
import type { ReloadReport, ServerPaths } from "../src/control/command.ts";
import type { t } from "./texts.ts";

/** What the page asks for; as over Redis. */
export type PageCommand =
  | { readonly op: "subscribe" | "unsubscribe"; readonly name: string; readonly args: readonly string[] }
  | { readonly op: "reload" };

/** What became of it: lines for a person, and the paths that are there now. */
export type Outcome = {
  readonly isDone: boolean;
  readonly lines: readonly string[];
  readonly paths: readonly string[];
  /** Paths that the exchange refused; they stay subscribed. */
  readonly refused: readonly string[];
};

const NOTHING: Outcome = { isDone: false, lines: [], paths: [], refused: [] };

type PathAnswer = {
  readonly path: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | null;
};

type Reply = { readonly event: string; readonly message: unknown; readonly errorCode: number };

/** How long the exchange may take, and how long the page waits in all. */
const EXCHANGE_MS = 10_000;
const ANSWER_MS = 30_000;

/** Paths that a report names; of more it says how many. */
const MAX_NAMED = 20;

/** Sends a command and says what became of it; it never rejects. */
export async function sendCommand(command: PageCommand, translate: typeof t): Promise<Outcome> {
  const waiting = command.op === "reload" ? {} : { wait: true, timeoutMs: EXCHANGE_MS };
  try {
    const response = await fetch("/api/commands", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...command, ...waiting }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    const isReply = response.headers.get("content-type")?.startsWith("application/json") === true;
    if (isReply) return describeReply(command, JSON.parse(text) as Reply, translate);
    return { ...NOTHING, lines: [text.trim() || String(response.status)] };
  } catch {
    return { ...NOTHING, lines: [translate("page.no_answer")] };
  }
}

/** A reply in words. */
export function describeReply(command: PageCommand, { event, message }: Reply, translate: typeof t): Outcome {
  if (Array.isArray(message)) {
    const answers = message as readonly PathAnswer[];
    const refused = answers.filter(({ state }) => state === "refused").map(({ path }) => path);
    return {
      isDone: event !== "error",
      lines: [
        ...answers.map((each) => describeAnswer(each, translate)),
        ...(refused.length > 0 ? [translate("page.refused_stays", { paths: refused.join(" ") })] : []),
      ],
      refused,
      paths: answers.filter(({ state }) => state !== "refused" && state !== "gone").map(({ path }) => path),
    };
  }
  if (event === "error") return { ...NOTHING, lines: [String(message)] };
  if (command.op === "reload" && typeof message === "object" && message !== null) {
    return { ...NOTHING, isDone: true, lines: describeReport(message as ReloadReport, translate) };
  }
  return { ...NOTHING, isDone: true, lines: [String(message)] };
}

function describeAnswer({ path, state, error }: PathAnswer, translate: typeof t): string {
  if (state === "gone") return translate("page.unsubscribed", { path });
  const what = translate("page.path_is", { path, state });
  if (error === null) return what;
  const reason = error.code === "" ? error.message : `${error.code} ${error.message}`;
  return translate("page.because", { what, reason });
}

function describeReport(report: ReloadReport, translate: typeof t): string[] {
  const names = (list: readonly string[]) =>
    list.length <= MAX_NAMED
      ? list.join(", ")
      : [...list.slice(0, MAX_NAMED), translate("page.more", { count: list.length - MAX_NAMED })].join(", ");
  const paths = (list: readonly ServerPaths[]) =>
    list.flatMap(({ server, paths }) => paths.map((path) => `${server} ${path}`));
  const lines = [
    ["page.report_opened", report.opened],
    ["page.report_closed", report.closed],
    ["page.report_reopened", report.reopened],
    ["page.report_subscribed", paths(report.subscribed)],
    ["page.report_unsubscribed", paths(report.unsubscribed)],
    ["page.report_restart", report.restart],
  ] as const;
  const said = lines.filter(([, list]) => list.length > 0).map(([key, list]) =>
    translate(key, { list: names(list) })
  );
  return said.length === 0 ? [translate("page.report_nothing")] : said;
}

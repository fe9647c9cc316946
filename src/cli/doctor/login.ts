/** Tries the login of a server as the service does, and says what to look at where it is refused. */
import type { ServerConfig } from "../../config/schema.ts";
import { within } from "../../shared/async/within.ts";
import { CODECS } from "../../okx/codec.ts";
import { socketUrl } from "../../okx/endpoints.ts";
import { loginHint } from "../../okx/login_hint.ts";
import { redactText } from "../../okx/redact.ts";
import { createSigner } from "../../okx/sign.ts";
import { openSocket } from "../../session/connection/socket.ts";
import { reasonOf, type Verdict } from "./finding.ts";

const DIAL_MS = 5000;

/** Longest answer of the exchange that is shown. */
const MAX_WORDS = 300;

/** `skewMs`: how far the exchange's clock is ahead of this one, which the time of a login has to follow. */
export async function tryLogin(
  { name, exchange, protocol, credentials }: ServerConfig,
  skewMs: number,
  signal: AbortSignal,
): Promise<Verdict | undefined> {
  if (credentials === undefined || protocol === "v3") return undefined;
  const codec = CODECS[protocol];
  const signer = createSigner(credentials);
  const answer = Promise.withResolvers<Verdict>();
  const about = `login ${name}`;
  const words = (text: string) => redactText(signer.mask(text)).slice(0, MAX_WORDS);
  const onMessage = async (raw: string | ArrayBuffer) => {
    for (const frame of await codec.decode(raw)) {
      if (frame.kind === "login") answer.resolve([about, "ok", "the exchange takes it"]);
      if (frame.kind !== "error") continue;
      const message = `refused with ${frame.code}: ${words(frame.message)}`;
      answer.resolve([about, "fail", message, loginHint(frame.code)]);
    }
  };
  const onClose = (reason: string) =>
    answer.resolve([about, "fail", `the connection ended without an answer: ${words(reason)}`, "try again"]);
  try {
    const url = socketUrl(exchange, "private");
    const socket = await openSocket(url, { onMessage, onClose }, { dialMs: DIAL_MS, signal });
    try {
      socket.send(codec.encodeLogin(signer(Math.floor((Date.now() + skewMs) / 1000))));
      return await within(answer.promise, signal);
    } finally {
      socket.close();
    }
  } catch (error) {
    const reason = signal.aborted ? "no answer in time" : words(reasonOf(error));
    return [
      about,
      "fail",
      `it could not be tried: ${reason}`,
      "see what is said of the way to this exchange",
    ];
  }
}

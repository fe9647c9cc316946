/** Tries the login of a server as the service does, and says what to look at where it is refused. */
import type { ServerConfig } from "../../config/schema.ts";
import { within } from "../../shared/async/within.ts";
import { CODECS } from "../../okx/codec.ts";
import { socketUrl } from "../../okx/endpoints.ts";
import { loginHint } from "../../okx/login_hint.ts";
import { redactText } from "../../okx/redact.ts";
import { createSigner } from "../../okx/sign.ts";
import { openSocket } from "../../session/connection/socket.ts";
import { explainError, type ReportedFinding } from "./finding.ts";
import { englishOf, type Text } from "../../shared/messages/message.ts";
import { keyed } from "../i18n/translate.ts";

const DIAL_MS = 5000;

/** Longest answer of the exchange that is shown. */
const MAX_TEXT = 300;

/**
 * Tries the login of a server. `skewMs`: how far the exchange's clock is ahead of this one, which the time of a login has to
 * follow.
 */
export async function tryLogin(
  { name, exchange, protocol, credentials }: ServerConfig,
  skewMs: number,
  signal: AbortSignal,
): Promise<ReportedFinding | undefined> {
  const codec = CODECS[protocol];
  if (credentials === undefined || codec.sharesSocket) return undefined;
  const signer = createSigner(credentials);
  const answer = Promise.withResolvers<ReportedFinding>();
  const about = `login ${name}`;
  const shown = (text: Text) => redactText(signer.mask(englishOf(text))).slice(0, MAX_TEXT);
  const onMessage = async (raw: string | ArrayBuffer) => {
    for (const frame of await codec.decode(raw)) {
      if (frame.kind === "login") answer.resolve([about, "ok", keyed("doctor.login_ok")]);
      if (frame.kind !== "error") continue;
      const message = keyed("doctor.login_refused", { code: frame.code, message: shown(frame.message) });
      answer.resolve([about, "fail", message, loginHint(frame.code)]);
    }
  };
  const onClose = (reason: string) => {
    const message = keyed("doctor.login_ended", { reason: shown(reason) });
    answer.resolve([about, "fail", message, keyed("doctor.try_again")]);
  };
  try {
    const url = socketUrl(exchange, "private");
    const socket = await openSocket(url, { onMessage, onClose }, { dialMs: DIAL_MS, signal });
    try {
      socket.send(codec.encodeLogin(signer(Math.floor((Date.now() + skewMs) / 1000))));
      return await within(answer.promise, signal);
    } finally {
      await socket.close();
    }
  } catch (error) {
    const reason = signal.aborted ? keyed("dial.no_answer") : shown(explainError(error));
    return [
      about,
      "fail",
      keyed("doctor.login_untried", { reason }),
      keyed("doctor.login_see_way"),
    ];
  }
}

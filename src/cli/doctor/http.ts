/** The address for dashboard, health and metrics: okws answers there, with what alerts need, or it is free. */
import type { Settings } from "../../config/shapes.ts";
import { dial } from "./dial.ts";
import { type Examination, explainError } from "./finding.ts";
import { checkMetrics } from "./metrics.ts";
import { keyed } from "../i18n/translate.ts";

/** Returns the examination of the listener; none where HTTP is off. */
export function httpExaminations(settings: Settings): Examination[] {
  const { HTTP } = settings;
  if (HTTP.toLowerCase() === "off") return [];
  return [{
    area: "HTTP",
    look: async (report, signal) => {
      const url = new URL(`http://${HTTP}/livez`);
      if (url.port === "0") return report("port", "ok", keyed("doctor.http_free_port"));
      const everywhere = ["0.0.0.0", "[::]"].includes(url.hostname);
      const asked = everywhere ? new URL(`http://127.0.0.1:${url.port || "80"}/livez`) : url;
      const way = await dial(
        asked,
        `GET /livez HTTP/1.1\r\nHost: ${asked.host}\r\nConnection: close\r\n\r\n`,
        signal,
      );
      const answer = way.failed === undefined ? way.steps.at(-1)?.detail ?? "" : "";
      if (/^HTTP\/1\.[01] (200|401|503)\b/.test(answer)) {
        report("port", "ok", keyed("doctor.http_okws", { address: HTTP, answer }));
        return await checkMetrics(asked, settings, { report, signal });
      }
      if (way.failed?.step !== "TCP") {
        return report(
          "port",
          "fail",
          keyed("doctor.http_other", { address: HTTP }),
          keyed("doctor.http_other_remedy"),
        );
      }
      try {
        Deno.listen({ hostname: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || "80") })
          .close();
        report("port", "ok", keyed("doctor.http_free", { address: HTTP }));
      } catch (error) {
        report(
          "port",
          "fail",
          keyed("doctor.http_cannot", { address: HTTP, reason: explainError(error) }),
          keyed("doctor.http_cannot_remedy"),
        );
      }
    },
  }];
}

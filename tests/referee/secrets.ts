/** Looks for secrets in whatever comes out, plain and as it would look in JSON, a URL or Base64. */
import type { Secrets } from "./file.ts";

export type SecretWatch = {
  /** Looks through a text; remembers each place where a secret was seen. */
  look(where: string, text: string): void;
  readonly found: readonly string[];
};

export function createSecretWatch(secrets: Secrets): SecretWatch {
  const { apiKey, secret, passphrase } = secrets.login;
  const forms = Object.entries({ redis: secrets.redis, http: secrets.http, apiKey, secret, passphrase })
    .flatMap(
      ([name, value]) =>
        [[name, value], [name, encodeURIComponent(value)], [name, btoa(value)], [
          name,
          btoa(`okws:${value}`),
        ]] as [string, string][],
    );
  const found = new Set<string>();
  return {
    look(where, text) {
      for (const [name, form] of forms) {
        const at = text.indexOf(form);
        if (at < 0) continue;
        found.add(`${where} has the ${name}: …${text.slice(Math.max(0, at - 100), at)}[${name}]…`);
      }
    },
    get found() {
      return [...found];
    },
  };
}

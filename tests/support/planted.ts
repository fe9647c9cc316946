/**
 * Secrets that occur nowhere else, and a search for them in every form in which a text could give them away: as they are,
 * escaped for JSON once and again, percent-coded, in hexadecimal, and in Base64 wherever in a longer text they began.
 */
import { Buffer } from "node:buffer";

/** What is planted, by name. Each has characters that some encoding changes. */
export const PLANTED: Readonly<Record<string, string>> = {
  apiKey: 'pk-7Qz/+k"91f',
  secret: "ps-3Vx&=\\é 52c",
  passphrase: "pp-9Wy'{},; 88d",
  redisPassword: "pr-4Tn%25+:@/61e",
  httpPassword: "ph-6Rm<>\"' 27a",
  otherSecret: "po-8Uk/+ß 45b",
};

/** The variables through which {@link plantedConfig} has its secrets. */
export function plantedVariables(redisUrl: string): Record<string, string> {
  return {
    P_REDIS: redisUrl,
    P_HTTP: PLANTED.httpPassword as string,
    P_KEY: PLANTED.apiKey as string,
    P_SECRET: PLANTED.secret as string,
    P_PHRASE: PLANTED.passphrase as string,
  };
}

/** A configuration whose every secret is planted; `servers` are their names and other members, with the paths of each. */
export function plantedConfig(
  { endpoint, port, settings = "", servers }: {
    readonly endpoint: string;
    readonly port: number;
    readonly settings?: string;
    readonly servers: readonly {
      readonly name: string;
      readonly more?: string;
      readonly channels: readonly string[];
    }[];
  },
): string {
  const login = 'apiKey: "${P_KEY}", secret: "${P_SECRET}", password: "${P_PHRASE}"';
  return [
    "settings:",
    '  REDIS_URL: "${P_REDIS}"',
    `  HTTP: 127.0.0.1:${port}`,
    '  HTTP_PASSWORD: "${P_HTTP}"',
    `  ENDPOINT: ${endpoint}`,
    ...settings.split("\n").filter((line) => line !== "").map((line) => `  ${line}`),
    "servers:",
    ...servers.map(({ name, more = "" }) => `  - { name: ${name}, ${more}${login} }`),
    "subscribes:",
    ...servers.map(({ name, channels }) => `  - { server: ${name}, channels: ${JSON.stringify(channels)} }`),
    "",
  ].join("\n");
}

/** The names of planted secrets, and of `more` texts, that a text holds in any form. */
export function findPlanted(text: string, more: Readonly<Record<string, string>> = {}): string[] {
  const lower = text.toLowerCase();
  return Object.entries({ ...PLANTED, ...more }).filter(([, value]) =>
    formsOf(value).some((form) => lower.includes(form.toLowerCase()))
  ).map(([name]) => name);
}

function formsOf(value: string): string[] {
  const quoted = JSON.stringify(value).slice(1, -1);
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((offset) => {
    const coded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64").replace(/=+$/, "");
    // The first and last characters belong to the neighbours too.
    return coded.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  const urlSafe = base64.map((coded) => coded.replaceAll("+", "-").replaceAll("/", "_"));
  const html = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return [
    ...[value, quoted, JSON.stringify(quoted).slice(1, -1), html, bytes.toString("hex")],
    ...[encodeURIComponent(value), encodeURI(value), new URLSearchParams({ v: value }).toString().slice(2)],
    ...base64,
    ...urlSafe,
    // The distinctive start alone, so that a text cut off in the middle is found too.
    value.slice(0, 6),
  ];
}

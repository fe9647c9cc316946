/**
 * Which proxy the runtime takes for a URL. It reads the environment by itself, for REST and, since Deno 2.5.1, for
 * WebSockets (denoland/deno#30692); here the same rules are applied, so that a person can be shown what happens. Pure.
 */

/** A proxy as a variable names it. */
export type Proxy = {
  /** `HTTPS_PROXY`, … */
  readonly variable: string;
  readonly url: URL;
};

/** What the environment says about one URL. */
export type ProxyRule = {
  /** Undefined: it is reached directly. */
  readonly proxy: Proxy | undefined;
  /** NO_PROXY names the host. */
  readonly excepted: boolean;
  /** Variables that look as if they were meant, and that the runtime does not use for this URL. */
  readonly ignored: readonly string[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that count for a scheme, in the order of the runtime: the one for everything first. */
const VARIABLES = {
  plain: ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"],
  tls: ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"],
};

/** Other programs read these too. */
const OTHERS = ["WS_PROXY", "ws_proxy", "WSS_PROXY", "wss_proxy", "SOCKS_PROXY", "socks_proxy"];

const SCHEMES = ["http:", "https:", "socks5:", "socks5h:"];

/** Applies the rules to a URL of whatever scheme. */
export function proxyRule(url: URL, environment: Environment): ProxyRule {
  const names = /^(wss|https):$/.test(url.protocol) ? VARIABLES.tls : VARIABLES.plain;
  const found = names.find((name) => readProxy(environment[name]) !== undefined);
  const all = [...new Set([...VARIABLES.plain, ...VARIABLES.tls, ...OTHERS])];
  const given = all.filter((name) => (environment[name] ?? "") !== "");
  const excepted = isExcepted(hostOf(url), environment.NO_PROXY ?? environment.no_proxy ?? "");
  if (found === undefined) return { proxy: undefined, excepted, ignored: excepted ? [] : given };
  const proxy = excepted ? undefined : { variable: found, url: readProxy(environment[found]) as URL };
  return { proxy, excepted, ignored: [] };
}

/** Returns whether WebSockets go through a proxy too; `version` is that of Deno. */
export function usesProxies(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return major > 2 || (major === 2 && (minor > 5 || (minor === 5 && patch >= 1)));
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** The runtime takes `host:port` for an http:// proxy, and passes over what it cannot read. */
function readProxy(value: string | undefined): URL | undefined {
  if (value === undefined || value === "") return undefined;
  const text = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && url.hostname !== "" && SCHEMES.includes(url.protocol) ? url : undefined;
}

/** A name stands for itself and for everything below it; `*` for all. Ranges of addresses are not looked at here. */
function isExcepted(host: string, list: string): boolean {
  return list.split(",").map((each) => each.trim().toLowerCase()).filter((each) => each !== "").some(
    (each) => {
      const name = each.replace(/^\./, "");
      return name === "*" || host === name || host.endsWith(`.${name}`);
    },
  );
}

/** What a first configuration needs to know, from flags or from a person who is asked. */

/** The choices of a first configuration. */
export type Answers = {
  readonly server: string;
  readonly endpoint: string;
  /** Empty: 127.0.0.1:6379, or the embedded store. */
  readonly redis: string;
  readonly channels: readonly string[];
  /** API key, secret and passphrase, as they stand in the file; undefined: public data only. */
  readonly login: Login | undefined;
};

/** A login, each part as it is or as `${NAME}`. */
export type Login = { readonly apiKey: string; readonly secret: string; readonly password: string };

/** Where a login is looked for, so that the file holds no secret. */
export const FROM_ENVIRONMENT: Login = {
  apiKey: "${OKX_API_KEY}",
  secret: "${OKX_SECRET}",
  password: "${OKX_PASSPHRASE}",
};

/** What nobody has to choose. */
export const DEFAULTS: Answers = {
  server: "test",
  endpoint: "okx",
  redis: "",
  // Enough for a watchlist, a chart, a book and a tape on the dashboard.
  channels: [
    ...["tickers:BTC-USDT", "candle1m:BTC-USDT", "books:BTC-USDT", "trades:BTC-USDT"],
    ...["tickers:ETH-USDT", "candle1m:ETH-USDT"],
  ],
  login: undefined,
};

/** Variables of the environment that the file names. */
export function variablesOf(answers: Answers): string[] {
  const { server, endpoint, redis, channels, login } = answers;
  const texts = [server, endpoint, redis, ...channels, ...Object.values(login ?? {})];
  return [
    ...new Set(texts.flatMap((text) => [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name as string))),
  ];
}

/** The two protocols as values: what a connection needs to know of its server's protocol. */
import type { Endpoint } from "./channels.ts";
import type { Arg, Frame } from "./frame.ts";
import { formatPath } from "./path_text.ts";
import { chunkArgs, decodeV5, encodeLogin, encodeRequest, PING } from "./v5.ts";
import { formatPathV3 } from "./v3/path.ts";
import { chunkV3Args, decodeV3, encodeV3Login, encodeV3Request } from "./v3/wire.ts";

/** The protocols of servers, the usual one first. */
export const PROTOCOLS = ["v5", "v3"] as const;

/** The protocol of a server. */
export type Protocol = typeof PROTOCOLS[number];

/** The protocol of a server whose configuration names none. */
export const DEFAULT_PROTOCOL: Protocol = "v5";

/** Returns whether a value is the name of a protocol. */
export function isProtocol(value: unknown): value is Protocol {
  return typeof value === "string" && Object.hasOwn(CODECS, value);
}

/** One protocol: how it is read and written, and what may be expected of a server that uses it. */
export type Codec = {
  readonly name: Protocol;
  /** Never throws or rejects. A promise is to be awaited before the next message is decoded, so that order holds. */
  decode(raw: string | ArrayBuffer): readonly Frame[] | Promise<readonly Frame[]>;
  encodeRequest(op: "subscribe" | "unsubscribe", args: readonly Arg[], id: string): string;
  /** `signed` is what a signer made. */
  encodeLogin(signed: Readonly<Record<string, string>>): string;
  /** How an argument is written as a path. */
  readonly formatPath: (arg: Arg) => string;
  /** Cuts args into lists that one request may have. */
  readonly chunk: (args: readonly Arg[]) => Arg[][];
  /** The text that is answered with a pong. */
  readonly ping: string;
  /** Whether a message shows whose it is before it is decoded. */
  readonly isReadable: boolean;
  /** Where the first connection of a server goes. */
  readonly firstEndpoint: Endpoint;
  /** Whether the exchanges that have a name support it; otherwise an endpoint has to be a URL. */
  readonly isOfOkx: boolean;
  /** Whether one socket carries public data and that of an account, so that a refused login must not cost the public data. */
  readonly sharesSocket: boolean;
  /** Whether a quiet book is repeated, so that its silence means something. */
  readonly repeatsBooks: boolean;
  /** Whether the exchange has a REST beside it. */
  readonly hasRest: boolean;
};

/** The codec of each protocol. */
export const CODECS: Readonly<Record<Protocol, Codec>> = {
  v5: {
    name: "v5",
    decode: (raw) => [typeof raw === "string" ? decodeV5(raw) : { kind: "unknown", reason: "binary" }],
    encodeRequest,
    encodeLogin,
    formatPath,
    chunk: (args) => chunkArgs(args),
    ping: PING,
    isReadable: true,
    firstEndpoint: "public",
    isOfOkx: true,
    sharesSocket: false,
    repeatsBooks: true,
    hasRest: true,
  },
  v3: {
    name: "v3",
    decode: decodeV3,
    encodeRequest: encodeV3Request,
    encodeLogin: encodeV3Login,
    formatPath: formatPathV3,
    chunk: (args) => chunkV3Args(args),
    ping: PING,
    isReadable: false,
    firstEndpoint: "v3",
    isOfOkx: false,
    sharesSocket: true,
    repeatsBooks: false,
    hasRest: false,
  },
};

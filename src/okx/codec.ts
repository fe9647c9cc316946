/** The two wires as values: what a connection needs to speak with its server, whichever it is. */
import type { Arg, Frame } from "./frame.ts";
import { chunkArgs, decodeV5, encodeLogin, encodeRequest, PING } from "./v5.ts";
import { chunkV3Args, decodeV3, encodeV3Login, encodeV3Request } from "./v3/wire.ts";

/** What a server speaks. */
export type Protocol = "v5" | "v3";

/** One wire. */
export type Codec = {
  readonly name: Protocol;
  /** Never throws or rejects. A promise is to be awaited before the next message is decoded, so that order holds. */
  decode(raw: string | ArrayBuffer): readonly Frame[] | Promise<readonly Frame[]>;
  encodeRequest(op: "subscribe" | "unsubscribe", args: readonly Arg[], id: string): string;
  /** `signed` is what a signer made. */
  encodeLogin(signed: Readonly<Record<string, string>>): string;
  /** Cuts args into lists that one request may have. */
  readonly chunk: (args: readonly Arg[]) => Arg[][];
  /** The text that is answered with a pong. */
  readonly ping: string;
};

/** The codec of each protocol. */
export const CODECS: Readonly<Record<Protocol, Codec>> = {
  v5: {
    name: "v5",
    decode: (raw) => [typeof raw === "string" ? decodeV5(raw) : { kind: "unknown", reason: "binary" }],
    encodeRequest,
    encodeLogin,
    chunk: (args) => chunkArgs(args),
    ping: PING,
  },
  v3: {
    name: "v3",
    decode: decodeV3,
    encodeRequest: encodeV3Request,
    encodeLogin: encodeV3Login,
    chunk: (args) => chunkV3Args(args),
    ping: PING,
  },
};

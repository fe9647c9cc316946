/** What a server is, as a configuration or a command names it. */
import type { Protocol } from "../okx/codec.ts";
import type { FoundExchange } from "../okx/endpoints.ts";
import type { Credentials } from "../okx/sign.ts";

/** One server as it is opened. */
export type ServerSpec = {
  readonly name: string;
  /** The exchange as the user wrote it. */
  readonly endpoint: string;
  readonly exchange: FoundExchange;
  readonly protocol: Protocol;
  readonly credentials: Credentials | undefined;
};

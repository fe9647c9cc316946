/** Who an event comes from. */
import type { ConnectionName } from "../../model/events.ts";

/** A connection as events name it: two connections are the same only where the object is. */
export type EventSource = { readonly name: ConnectionName };

/** A path that is desired of a server. */
import type { Owner } from "../model/events.ts";
import type { Topic } from "../okx/topic.ts";
import type { ReconnectingConnection } from "./connection/reconnecting_connection.ts";

/** Its topic, which changes where the exchange has it on another endpoint; who desires it; and which connection serves it. */
export type DesiredSubscription = {
  topic: Topic;
  readonly owners: Set<Owner>;
  connection: ReconnectingConnection;
};

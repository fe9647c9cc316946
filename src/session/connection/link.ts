/** One connection of a server with what it carries: made, found by name, and ended by its server. */
import type { ConnectionGroup, ConnectionName, SessionEvent } from "../../model/events.ts";
import type { Topic } from "../../okx/topic.ts";
import { ReconnectingConnection, type ReconnectingOptions } from "./reconnecting_connection.ts";
import { Subscriptions } from "../subscriptions/subscriptions.ts";

/** See the module comment. */
export type Link = {
  readonly name: ConnectionName;
  readonly group: ConnectionGroup;
  readonly session: ReconnectingConnection;
  readonly subscriptions: Subscriptions;
  /** One of the topics of each upstream subscription. */
  readonly topics: Map<string, Topic>;
  readonly controller: AbortController;
  readonly done: Promise<void>;
};

/** Starts a connection, which dials when something is wanted of it. */
export function openLink(
  name: ConnectionName,
  group: ConnectionGroup,
  options: Omit<ReconnectingOptions, "subscriptions" | "endpoint">,
  { onEvent, onBroken }: {
    readonly onEvent: (link: Link, event: SessionEvent) => void;
    readonly onBroken: (error: unknown) => void;
  },
): Link {
  const subscriptions = new Subscriptions();
  const session = new ReconnectingConnection({ ...options, endpoint: name, subscriptions });
  const controller = new AbortController();
  const started = Promise.withResolvers<void>();
  const link: Link = {
    name,
    group,
    session,
    subscriptions,
    topics: new Map(),
    controller,
    done: started.promise,
  };
  session.run(controller.signal, (event) => onEvent(link, event)).catch(onBroken).finally(started.resolve);
  return link;
}

/** Wants a topic of this connection; answers what that changes. */
export function addTopic(link: Link, topic: Topic): ReturnType<Subscriptions["add"]> {
  if (!link.topics.has(topic.upstream)) link.topics.set(topic.upstream, topic);
  return link.subscriptions.add(topic);
}

/** No longer wants a topic of this connection. */
export function removeTopic(link: Link, topic: Topic): ReturnType<Subscriptions["remove"]> {
  const changes = link.subscriptions.remove(topic.path);
  const [left] = link.subscriptions.topicsOf(topic.upstream);
  if (left === undefined) link.topics.delete(topic.upstream);
  else link.topics.set(topic.upstream, left);
  return changes;
}

/** Whether the exchange is reached. */

/** What of a server says so. */
export type Reach = {
  readonly connections: readonly { readonly state: string }[];
  readonly subscriptions: readonly unknown[];
};

/**
 * Returns whether something is subscribed of a server and none of its connections is open; one without any path needs
 * none.
 */
export function isUnreached({ connections, subscriptions }: Reach): boolean {
  return subscriptions.length > 0 && connections.length > 0 &&
    connections.every(({ state }) => state !== "connected");
}

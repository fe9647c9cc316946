/** Whether the exchange is reached. */

/** What of a connection says whether the exchange is reached; one with a login has a `+` in its name. */
export type ReachedConnection = {
  readonly endpoint: string;
  readonly state: string;
  readonly lastError: string;
};

/** What of a server says whether the exchange is reached. */
export type Reach = {
  readonly connections: readonly ReachedConnection[];
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

/** Returns whether a connection with a login was lost, or refused, and is not there again. */
export function isLoggedOut({ endpoint, state, lastError }: ReachedConnection): boolean {
  return endpoint.includes("+") && state !== "connected" && state !== "idle" && lastError !== "";
}

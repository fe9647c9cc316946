/** The end of all clients when the simulated exchange stops. */
import type { Connection } from "./connection.ts";

/** How long a client may take to answer a close before it is left alone. */
const CLOSE_WAIT_MS = 250;

/** Closes all sockets and waits for the clients' answers, but not for ever. */
export async function closeSockets(connections: ReadonlyMap<WebSocket, Connection>): Promise<void> {
  const closed = [...connections].map(([socket, connection]) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.addEventListener("close", () => resolve(), { once: true });
    if (socket.readyState === WebSocket.CLOSED) resolve();
    connection.close(1001, "Going away");
    return promise;
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, CLOSE_WAIT_MS));
  await Promise.race([Promise.all(closed), late]);
  clearTimeout(timer);
}

/** The server's side of a WebSocket, as the simulated exchange and a replay accept them. */

/** What becomes of a socket; each is given the socket itself. */
export type AcceptedSocketHandlers = {
  readonly onOpen: (socket: WebSocket) => void;
  readonly onText: (socket: WebSocket, text: string) => void;
  readonly onClose: (socket: WebSocket) => void;
};

/** Makes a client's request a socket. The answer has status 101; 426: the request asks for none. */
export function acceptWebSocket(
  request: Request,
  { onOpen, onText, onClose }: AcceptedSocketHandlers,
): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new Response("This path speaks WebSocket\n", { status: 426 });
  }
  // The runtime's own pings would end a client that has gone silent before the exchange's rules do.
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  socket.onopen = () => onOpen(socket);
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") onText(socket, data);
  };
  socket.onclose = () => onClose(socket);
  // A close event follows every error.
  socket.onerror = (event) => event.preventDefault();
  return response;
}

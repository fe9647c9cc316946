/** The exchange's WebSocket side: connections, logins, subscriptions, and how badly it behaves at the moment. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { acceptWebSocket, type WebSocketEnd } from "./websocket.ts";
import { signature } from "./sign.ts";

export type Arg = { channel: string } & Record<string, string>;
export type Endpoint = "public" | "private" | "business";
export type Login = { apiKey: string; secret: string; passphrase: string };

export type Connection = {
  number: number;
  endpoint: Endpoint;
  socket: WebSocketEnd;
  subscriptions: Map<string, Arg>;
  loggedIn: boolean;
  /** Something was not sent in a silence: nothing is any more, since what has no numbers would have a gap that nobody can see. */
  isMute: boolean;
};

/** Times are those of this machine; a fault is on until its time is over. */
export type Manners = {
  dialsRefusedUntil: number;
  silentUntil: number;
  answers: { how: "late" | "lost" | "busy"; until: number };
  refused: { channel: string; instId: string; until: number };
  loginsRefusedUntil: number;
};

export type Sockets = {
  readonly connections: ReadonlySet<Connection>;
  readonly manners: Manners;
  accept(request: IncomingMessage, socket: Socket): void;
  /** Sends to all that have subscribed to it and returns how many sockets took it. */
  push(about: Arg, frame: object, spell?: (message: object) => string): number;
  /** Sends a text as it is to every connection of an endpoint. */
  raw(text: string, endpoint?: Endpoint): void;
};

const UID = "44705892343619584";

export function createSockets(options: {
  login: Login;
  known(arg: Arg): boolean;
  /** What a new subscription is sent after its answer. */
  greet(arg: Arg, push: (frame: object) => void): void;
}): Sockets {
  const connections = new Set<Connection>();
  const manners = goodManners();
  let number = 0;

  const say = (connection: Connection, message: object | string) => {
    if (Date.now() < manners.silentUntil) connection.isMute = true;
    if (connection.isMute) return false;
    connection.socket.send(typeof message === "string" ? message : JSON.stringify(message));
    return connection.socket.open;
  };

  function onText(connection: Connection, text: string): void {
    if (text === "ping") {
      say(connection, "pong");
      return;
    }
    const request = JSON.parse(text);
    if (request.op === "login") onLogin(connection, request.args[0]);
    else if (request.op === "subscribe" || request.op === "unsubscribe") {
      for (const arg of request.args) onSubscription(connection, request.op, request.id, arg);
    }
  }

  function onLogin(connection: Connection, arg: Record<string, string>): void {
    const right = isRight(arg, options.login);
    const refused = Date.now() < manners.loginsRefusedUntil;
    connection.loggedIn = right && !refused;
    const connId = `c${connection.number}`;
    if (connection.loggedIn) say(connection, { event: "login", code: "0", msg: "", connId });
    // The exchange quotes what it was sent: a client that passes that on passes on a secret.
    else {
      const msg = `Login failed: ${arg.apiKey} ${arg.passphrase}`;
      say(connection, { event: "error", code: "60009", msg, connId });
    }
  }

  function onSubscription(connection: Connection, op: string, id: string | undefined, arg: Arg): void {
    const connId = `c${connection.number}`;
    const fail = (code: string, msg: string) => say(connection, { event: "error", id, code, msg, connId });
    const { answers, refused } = manners;
    const bad = Date.now() < answers.until ? answers.how : undefined;
    if (bad === "busy") return void fail("60014", "Requests too frequent");
    if (op === "unsubscribe") {
      connection.subscriptions.delete(JSON.stringify(arg));
      if (bad !== "lost") say(connection, { event: op, id, arg, connId });
      return;
    }
    const because = reasonAgainst(connection, arg, { refused, isKnown: options.known(arg) });
    if (because !== undefined) return void fail(...because);
    const begin = () => {
      if (!connection.socket.open) return;
      connection.subscriptions.set(JSON.stringify(arg), arg);
      if (bad !== "lost") say(connection, { event: op, id, arg, connId });
      options.greet(arg, (frame) => say(connection, { arg: echo(connection, arg), ...frame }));
    };
    if (bad === "late") setTimeout(begin, Math.min(3000, answers.until - Date.now()));
    else begin();
  }

  return {
    connections,
    manners,
    accept(request, socket) {
      const endpoint = /^\/ws\/v5\/(public|private|business)$/.exec(request.url ?? "")?.[1];
      if (!endpoint || Date.now() < manners.dialsRefusedUntil) {
        socket.end("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return;
      }
      const connection = {
        ...{ number: ++number, endpoint: endpoint as Endpoint, subscriptions: new Map() },
        ...{ loggedIn: false, isMute: false },
      } as unknown as Connection;
      connection.socket = acceptWebSocket(request, socket, {
        text: (text) => onText(connection, text),
        end: () => connections.delete(connection),
      });
      connections.add(connection);
    },
    push(about, frame, spell = JSON.stringify) {
      let count = 0;
      for (const connection of connections) {
        for (const arg of connection.subscriptions.values()) {
          if (fits(arg, about) && say(connection, spell({ arg: echo(connection, arg), ...frame }))) count++;
        }
      }
      return count;
    },
    raw(text, endpoint) {
      for (const connection of connections) {
        if (!endpoint || connection.endpoint === endpoint) say(connection, text);
      }
    },
  };
}

/** Why a subscription is refused now; undefined: it is not. */
function reasonAgainst(
  { endpoint, loggedIn }: Connection,
  arg: Arg,
  { refused, isKnown }: { refused: Manners["refused"]; isKnown: boolean },
): [code: string, msg: string] | undefined {
  const unknown: [string, string] = [
    "60018",
    `Wrong URL or channel:${arg.channel}, instId:${arg.instId ?? ""} doesn't exist.`,
  ];
  if (endpointOf(arg.channel) !== endpoint || !isKnown) return unknown;
  if (endpoint === "private" && !loggedIn) return ["60011", "Please log in"];
  const isRefused = refused.channel === arg.channel && refused.instId === arg.instId;
  return isRefused && Date.now() < refused.until ? unknown : undefined;
}

function goodManners(): Manners {
  return {
    dialsRefusedUntil: 0,
    silentUntil: 0,
    answers: { how: "late", until: 0 },
    refused: { channel: "", instId: "", until: 0 },
    loginsRefusedUntil: 0,
  };
}

function isRight(arg: Record<string, string>, { apiKey, secret, passphrase }: Login): boolean {
  return arg.apiKey === apiKey && arg.passphrase === passphrase &&
    arg.sign === signature(secret, `${arg.timestamp}GET/users/self/verify`);
}

/** Whether what happened concerns a subscription: every member of its argument is met. */
export function fits(arg: Arg, about: Arg): boolean {
  return Object.entries(arg).every(([name, value]) =>
    about[name] === value || (name === "instType" && value === "ANY")
  );
}

export function endpointOf(channel: string): Endpoint {
  if (/^(orders|positions|account|balance_and_position|fills)$/.test(channel)) return "private";
  return /candle|^trades-all$/.test(channel) ? "business" : "public";
}

/** Private pushes name the account beside the argument. */
function echo(connection: Connection, arg: Arg): object {
  return connection.endpoint === "private" ? { ...arg, uid: UID } : arg;
}

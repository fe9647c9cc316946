/** A service manager's end of NOTIFY_SOCKET: a datagram socket that keeps what it receives. */

/** Disposing closes the socket. */
export type Manager = AsyncDisposable & {
  /** As it stands in NOTIFY_SOCKET. */
  readonly address: string;
  /** Each datagram, as its assignments. */
  readonly messages: readonly (readonly string[])[];
  received(assignment: string): boolean;
};

/** Listens by path in a folder of its own, or by abstract name; a silent one never reads. */
export async function startManager(options: { abstract?: boolean; silent?: boolean } = {}): Promise<Manager> {
  const folder = await Deno.makeTempDir({ prefix: "okws-manager-" });
  const name = `okws-test-${crypto.randomUUID()}`;
  const path = options.abstract ? `\0${name}` : `${folder}/notify`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  const messages: string[][] = [];
  const reading = options.silent ? Promise.resolve() : (async () => {
    for await (const [bytes] of socket) messages.push(new TextDecoder().decode(bytes).split("\n"));
  })();
  return {
    address: options.abstract ? `@${name}` : path,
    messages,
    received: (assignment) => messages.some((message) => message.includes(assignment)),
    async [Symbol.asyncDispose]() {
      socket.close();
      await reading.catch(() => {});
      await Deno.remove(folder, { recursive: true });
    },
  };
}

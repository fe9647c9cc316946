/**
 * The way to the service manager: a datagram socket that it listens on, named by NOTIFY_SOCKET. A runtime that has no
 * such sockets, or not of this kind, has the program `systemd-notify` send instead.
 */
import { roomLogger } from "../logging/log.ts";
import { childEnvironment, type ProgramName } from "./programs.ts";

/** Sends assignments, all in one datagram. Never rejects: a manager that does not listen must not end the service. */
export type NotifySocket = Disposable & {
  /** Whether the program may have to be run: there is no socket, or the runtime may not take such an address. */
  readonly runsProgram: boolean;
  send(assignments: readonly string[]): Promise<void>;
};

const log = roomLogger("system");

/** Opens the way to `address`: a path, or `@name` in Linux's abstract namespace. */
export async function openNotifySocket(
  address: string,
  environment: Readonly<Record<string, string>>,
): Promise<NotifySocket> {
  const path = address.startsWith("@") ? `\0${address.slice(1)}` : address;
  let socket = await bindSocket();
  let failed = false;
  const encoder = new TextEncoder();

  const sendHere = async (assignments: readonly string[]): Promise<boolean> => {
    if (socket === undefined) return false;
    try {
      await socket.send(encoder.encode(assignments.join("\n")), { transport: "unixpacket", path });
      return true;
    } catch (error) {
      // Deno before 2.9 takes no abstract names: that will not become better.
      if (!(error instanceof TypeError)) throw error;
      socket.close();
      socket = undefined;
      return false;
    }
  };
  return {
    runsProgram: socket === undefined || address.startsWith("@"),
    async send(assignments) {
      try {
        if (!await sendHere(assignments)) {
          await sendByProgram({ ...childEnvironment(environment), NOTIFY_SOCKET: address }, assignments);
        }
        failed = false;
      } catch (error) {
        if (!failed) log.warn("The service manager cannot be reached", { address, reason: String(error) });
        failed = true;
      }
    },
    [Symbol.dispose]: () => socket?.close(),
  };
}

/** A socket of our own to send from, without a name that anybody could send to. Undefined where there is no such thing. */
async function bindSocket(): Promise<Deno.DatagramConn | undefined> {
  let folder: string | undefined;
  try {
    folder = await Deno.makeTempDir({ prefix: "okws-notify-" });
    return Deno.listenDatagram({ transport: "unixpacket", path: `${folder}/socket` });
  } catch (error) {
    log.debug("No datagram socket, using systemd-notify", { reason: String(error) });
    return undefined;
  } finally {
    if (folder !== undefined) await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

const NOTIFY: ProgramName = "systemd-notify";

/** Longest time that the program may take. */
const PROGRAM_MS = 5000;

async function sendByProgram(
  env: Readonly<Record<string, string>>,
  assignments: readonly string[],
): Promise<void> {
  const command = new Deno.Command(NOTIFY, {
    args: [...assignments],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(PROGRAM_MS),
  });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`systemd-notify: ${new TextDecoder().decode(stderr).trim()}`);
}

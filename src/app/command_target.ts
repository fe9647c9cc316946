/** What commands act on: the servers as they are, and what is desired of them. */
import type { ReloadReport } from "../control/command.ts";
import type { PathAnswer, Servers } from "../control/handler.ts";
import type { ServiceStatus } from "../model/status.ts";
import type { ServerRegistry } from "../session/server_registry.ts";
import type { DesiredState } from "./desired_state.ts";

/** The parts that a command may reach. */
export type CommandTargetOptions = {
  readonly desired: DesiredState;
  readonly servers: ServerRegistry;
  readonly view: () => ServiceStatus;
  readonly reload: () => Promise<ReloadReport>;
  readonly quit: () => void;
};

/** Gives the command handler its port to the service. */
export function createCommandTarget({ desired, servers, view, reload, quit }: CommandTargetOptions): Servers {
  return {
    open: (name, args) => desired.open(name, args),
    close: async (name) => {
      await desired.close(name);
      return "";
    },
    names: () => servers.names(),
    parse: (name, arg) => desired.parse(name, arg),
    subscribe: (name, topics) => desired.request(name, topics),
    unsubscribe: (name, topics) => {
      const gone = desired.unsubscribe(name, topics);
      return Array.isArray(gone) ? gone.map(goneAnswer) : gone.then((paths) => paths.map(goneAnswer));
    },
    answers: async (name, paths, timeoutMs) => {
      const states = await servers.answers(name, paths, timeoutMs);
      return states.map(({ path, state, error }) => ({ path, state, error }));
    },
    status: (name) => {
      if (name === undefined) return view();
      // Throws where there is no such server.
      servers.view(name);
      return view().servers.find((server) => server.name === name);
    },
    reload,
    quit,
  };
}

function goneAnswer(path: string): PathAnswer {
  return { path, state: "gone", error: null };
}

/**
 * The faults that are on: read from a list (`drop=20s,garbage=0.01`) or from commands at run time (`drop
 * business`), and applied to every frame and subscription.
 */
import type { Action, Active, Outcome, RestFault } from "./fault.ts";
import { findFault } from "./faults.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Random } from "../market/random.ts";
import { concerns } from "../rest/faults.ts";

/** The faults that are on, and those that only wait to happen. */
export class Script {
  #active: Active[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Reads a list as `--faults` takes it; gives what has to be done at once. */
  load(list: string): Action[] {
    const actions: Action[] = [];
    for (const item of list.split(",").map((part) => part.trim()).filter((part) => part !== "")) {
      const [name = "", value] = splitOnce(item, "=");
      const fault = findFault(name);
      if (!fault.listed || (name === "drop" && value === undefined)) {
        throw new SyntaxError(`Fault ${name} cannot be given in a list without a time: ${fault.usage}`);
      }
      const { action } = this.#apply(fault.ask(value === undefined ? [] : value.split("@"), this.#random));
      if (action !== undefined) actions.push(action);
    }
    return actions;
  }

  /** Reads one command; throws a SyntaxError that says what is wrong with it. */
  command(text: string): { readonly answer: string; readonly action?: Action } {
    const [head = "", ...rest] = text.trim().split(/\s+/);
    const [name = "", value] = splitOnce(head, "=");
    if (name === "off" && rest.length === 0) {
      this.#active = [];
      return { answer: "all faults off", action: { kind: "resume" } };
    }
    const args = value === undefined ? rest : [...value.split("@"), ...rest];
    return this.#apply(findFault(name).ask(args, this.#random));
  }

  /** Returns the frames that leave in place of one. */
  treat(frame: Outgoing): readonly Outgoing[] {
    if (this.#active.length === 0) return [frame];
    let frames: Outgoing[] = [frame];
    for (const one of [...this.#active]) {
      if (one.treat !== undefined) frames = frames.flatMap(one.treat);
      if (one.isSpent?.() === true) this.#active = this.#active.filter((other) => other !== one);
    }
    return frames;
  }

  /**
   * Returns the code that a subscription or login is refused with, empty for the usual one; none when it is not refused.
   */
  refusal(...topics: string[]): string | undefined {
    for (const { refuse } of this.#active) {
      const code = refuse?.(topics);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  /** The time between two drops of all connections. */
  get dropEveryMs(): number | undefined {
    return this.#active.find(({ everyMs }) => everyMs !== undefined)?.everyMs;
  }

  /** How many events of a channel are sent again at each subscription. */
  get repeats(): number {
    return this.#active.find(({ repeats }) => repeats !== undefined)?.repeats ?? 0;
  }

  /** Returns the faults of a REST call, by its path below `/api/v5/`. */
  restFaults(path: string): RestFault[] {
    return this.#active.flatMap(({ rest }) => rest !== undefined && concerns(rest, path) ? [rest] : []);
  }

  isOn(identity: string): boolean {
    return this.#active.some((one) => one.identity === identity);
  }

  /** The identities of the faults that are on. */
  get names(): string[] {
    return this.#active.map(({ identity }) => identity);
  }

  #apply(outcome: Outcome): { readonly answer: string; readonly action?: Action } {
    const { answer, active, off, action } = outcome;
    if (off !== undefined) this.#active = this.#active.filter((one) => !isPart(one.identity, off));
    if (active !== undefined) {
      this.#active = [...this.#active.filter((one) => one.identity !== active.identity), active];
    }
    return action === undefined ? { answer } : { answer, action };
  }
}

/** `silent off` ends `silent business` too. */
function isPart(identity: string, name: string): boolean {
  return identity === name || identity.startsWith(`${name} `);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

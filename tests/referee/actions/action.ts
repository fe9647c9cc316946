/** An action is plain data, so that a script can be printed, cut and played again; a play knows how to make and do one. */
import type { Random } from "../random.ts";
import type { Environment } from "../environment.ts";

export type Action = { do: string; [name: string]: unknown };

export type Play = {
  make(random: Random): Record<string, unknown>;
  perform(environment: Environment, action: Action): void | Promise<void>;
};

/** Ties what an action says to what is done, with one type for both. */
export function play<T extends Record<string, unknown>>(
  make: (random: Random) => T,
  perform: (environment: Environment, action: T) => void | Promise<void>,
): Play {
  return { make, perform: (environment, action) => perform(environment, action as unknown as T) };
}

export function describe({ do: name, ...rest }: Action): string {
  const words = Object.entries(rest).map(([key, value]) =>
    `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`
  );
  return [name, ...words].join(" ");
}

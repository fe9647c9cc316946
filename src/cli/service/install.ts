/** Installing, removing and showing a service, step by step, with a word about each. */
import { sleep } from "../../shared/async/sleep.ts";
import type { Machine } from "./machine.ts";
import {
  type ManagedState,
  type ManagerStep,
  ServiceError,
  type ServiceManager,
  type Setup,
} from "./manager.ts";
import { keyed, type Translate } from "../i18n/translate.ts";

/** Longest wait for a service to say that it is ready; one that waits for its Redis goes on starting. */
const READY_MS = 20_000;

/** How often it is asked meanwhile. */
const ASK_MS = 250;

/** What a command here needs: the machine, its manager, and where words go. */
export type Scene = {
  readonly machine: Machine;
  readonly manager: ServiceManager;
  readonly say: (line: string) => void;
  readonly t: Translate;
  readonly signal: AbortSignal;
};

/** Prints what an installation would write and run. */
export async function rehearse({ manager, say, machine, t }: Scene, setup: Setup): Promise<void> {
  const { text, notes } = await manager.render(setup);
  await readOwn(machine, manager);
  say(`# ${manager.file}`);
  for (const line of text.trimEnd().split("\n")) say(line);
  say("");
  for (const step of steps(manager)) say(`$ ${step.words.join(" ")}`);
  for (const note of notes) say(`# ${t.any(note)}`);
}

/** Writes, enables and starts; returns whether the service runs, or is starting. */
export async function install(scene: Scene, setup: Setup): Promise<boolean> {
  const { machine, manager, say, t } = scene;
  await manager.checkRights();
  const { text, notes } = await manager.render(setup);
  const before = await readOwn(machine, manager);
  await machine.write(manager.file, text);
  say(t("install.wrote", { file: manager.file }));
  try {
    await verify(scene);
  } catch (error) {
    if (before === undefined) await machine.remove(manager.file);
    else await machine.write(manager.file, before);
    throw error;
  }
  for (const step of manager.start) await perform(scene, step);
  for (const note of notes) say(t("install.note", { reason: note }));
  const state = await waitForState(scene);
  if (state !== undefined) say(t("install.state", { state: state.detail }));
  for (const [title, command] of manager.hints) say(`${title.padEnd(6)} ${command}`);
  return state === undefined || state.state === "active" || state.state === "starting";
}

/** Undoes what {@link install} did, and nothing else. Returns false when there was nothing to undo. */
export async function uninstall(scene: Scene): Promise<boolean> {
  const { machine, manager, say, t } = scene;
  await manager.checkRights();
  if (await readOwn(machine, manager) === undefined) return false;
  for (const step of manager.stop) await perform(scene, step);
  await machine.remove(manager.file);
  say(t("install.removed", { file: manager.file }));
  for (const step of manager.forget) await perform(scene, step);
  return true;
}

/** Prints what {@link uninstall} would do. */
export async function rehearseRemoval({ machine, manager, say }: Scene): Promise<boolean> {
  if (await readOwn(machine, manager) === undefined) return false;
  for (const { words } of manager.stop) say(`$ ${words.join(" ")}`);
  say(`$ rm ${manager.file}`);
  for (const { words } of manager.forget) say(`$ ${words.join(" ")}`);
  return true;
}

function steps(manager: ServiceManager): readonly ManagerStep[] {
  return [...manager.verify === undefined ? [] : [manager.verify], ...manager.start];
}

/** Returns the text of the file that is there; refuses to touch one that okws did not write. */
async function readOwn(machine: Machine, manager: ServiceManager): Promise<string | undefined> {
  const text = await machine.read(manager.file);
  if (text === undefined || manager.isOurs(text)) return text;
  throw new ServiceError(
    keyed("install.not_ours", { file: manager.file }),
  );
}

async function verify({ machine, manager }: Scene): Promise<void> {
  if (manager.verify === undefined) return;
  const [program, ...args] = manager.verify.words;
  const { code, stdout, stderr } = await machine.run(program, args);
  const about = `${stdout}\n${stderr}`.split("\n").filter((line) => line.includes("okws"));
  // Nothing to check with is no fault, and complaints about other services are not ours.
  if (code === 0 || code === 127 || about.length === 0) return;
  const reason = about.slice(0, 5).join("; ");
  throw new ServiceError(keyed("install.verify_failed", { program, file: manager.file, reason }));
}

async function perform({ machine, say, t }: Scene, { words, mayFail }: ManagerStep): Promise<void> {
  const [program, ...args] = words;
  const { code, stderr } = await machine.run(program, args);
  if (code === 0) say(t("install.ran", { command: words.join(" ") }));
  else if (!mayFail) {
    const reason = stderr.trim().split("\n").at(-1) || `code ${code}`;
    throw new ServiceError(keyed("install.step_failed", { words: words.join(" "), reason }));
  }
}

/** Waits until the service runs or fails. */
async function waitForState({ manager, signal }: Scene): Promise<ManagedState | undefined> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const state = await manager.state();
    const over = signal.aborted || performance.now() >= deadline;
    if (state === undefined || over || state.state === "active" || state.state === "failed") return state;
    await sleep(ASK_MS, signal);
  }
}

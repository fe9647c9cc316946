/// <reference lib="dom" />
/** Keys for those who keep their hands on the keyboard, and the list of them. */
import { find } from "./dom.ts";

/** Listens for keys; none of them acts while something is being typed, or with a modifier. */
export function startKeys(actions: Readonly<Record<string, () => void>>): void {
  const dialog = find<HTMLDialogElement>("keys");
  const help = () => dialog.open ? dialog.close() : dialog.showModal();
  find("help").addEventListener("click", help);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (target.matches("input, select, textarea")) return;
    // Whatever dialog is open has the keys.
    const isOpen = document.querySelector("dialog[open]") !== null;
    const action = event.key === "?" && (dialog.open || !isOpen)
      ? help
      : isOpen
      ? undefined
      : actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}

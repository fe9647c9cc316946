/** Short tasks with one owner, who can end them all and wait until they have ended. */

/** Tasks under way; disposing aborts them and resolves when all have ended. */
export class TaskGroup implements AsyncDisposable {
  readonly #ending = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  /** Aborted when the owner ends the tasks. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /**
   * Starts a task and hands on what it brings. Nothing is handed on after the end, and neither undefined is. A failure
   * is the task's own to deal with: `onFailure` is called with one that it did not.
   */
  start<T>(
    task: (signal: AbortSignal) => Promise<T | undefined>,
    deliver: (value: T) => void,
    onFailure: (error: unknown) => void,
  ): void {
    const { signal } = this.#ending;
    const work: Promise<void> = task(signal).then((value) => {
      if (value !== undefined && !signal.aborted) deliver(value);
    }).catch((error) => {
      if (!signal.aborted) onFailure(error);
    }).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#underWay);
  }
}

/** The background jobs of a service: each is awaited at its end, and one that breaks is reported at once. */

/** The jobs of one service; none at first. */
export class Jobs {
  readonly #onBroken: (error: unknown) => void;
  readonly #jobs: Promise<void>[] = [];

  /** `onBroken` is called with whatever a job rejects with. */
  constructor(onBroken: (error: unknown) => void) {
    this.#onBroken = onBroken;
  }

  /** Adds a job; returns a promise that resolves when it has ended or broken. */
  add(job: Promise<void>): Promise<void> {
    const watched = job.catch(this.#onBroken);
    this.#jobs.push(watched);
    return watched;
  }

  /** Resolves when all that were added so far have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#jobs);
  }
}

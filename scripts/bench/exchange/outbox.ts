/** What is to be sent on one connection: gathered, and written at once, while the write before is not done. */
export class Outbox {
  readonly #write: (bytes: Uint8Array) => Promise<number>;
  #gathering = new Uint8Array(64 * 1024);
  #writing = new Uint8Array(64 * 1024);
  #length = 0;
  #busy = false;

  constructor(write: (bytes: Uint8Array) => Promise<number>) {
    this.#write = write;
  }

  /** Bytes that no write has taken. */
  get waiting(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#gathering.length) {
      const larger = new Uint8Array(Math.max(length, this.#gathering.length * 2));
      larger.set(this.#gathering.subarray(0, this.#length));
      this.#gathering = larger;
    }
    this.#gathering.set(bytes, this.#length);
    this.#length = length;
  }

  /** Writes what has gathered, and what gathers meanwhile. Rejects when the connection is lost. */
  async flush(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#length > 0) {
      let bytes = this.#gathering.subarray(0, this.#length);
      [this.#gathering, this.#writing] = [this.#writing, this.#gathering];
      this.#length = 0;
      while (bytes.length > 0) bytes = bytes.subarray(await this.#write(bytes));
    }
    this.#busy = false;
  }
}

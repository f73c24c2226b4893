// Whether the store can still be written, and whether its file is still the one that was opened.
// A write that failed counts until one has succeeded: so after a failure a small one is tried now and then.
import { stat } from "node:fs/promises";
import type { Millis } from "../events/duration.ts";
import type { Verdict } from "../events/health.ts";

const TRY_EVERY: Millis = 5_000;

export interface StoreWatchOptions {
  readonly path: string;
  /** Why the last write failed; null when it did not. */
  readonly writeFailure: () => Promise<string | null>;
  /** A write that changes nothing anybody reads. */
  readonly tryWrite: () => Promise<void>;
  readonly elapsed: () => number;
}

export class StoreWatch {
  readonly #options: StoreWatchOptions;
  #file: number | undefined;
  #fault: string | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
  }

  get isWritable(): boolean {
    return this.#fault === undefined;
  }

  get verdict(): Verdict {
    if (this.#fault === undefined) return { status: "HEALTHY", message: "it can be read and written" };
    return { status: "UNHEALTHY", message: this.#fault };
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { writeFailure, tryWrite, elapsed } = this.#options;
    const failure = await writeFailure().catch((error: Error) => error.message);
    this.#fault = (await this.#faultOfFile()) ?? failure ?? undefined;
    if (failure === null || elapsed() - this.#triedAt < TRY_EVERY) return;
    this.#triedAt = elapsed();
    await tryWrite().catch(() => undefined); // the store says so when it is asked again
  }

  #faultOfFile(): Promise<string | undefined> {
    const { path } = this.#options;
    const lost = "what is stored now is lost at the next start";
    return stat(path).then(
      ({ ino }) => {
        this.#file ??= ino;
        return ino === this.#file ? undefined : `${path} is not the file any more that was opened: ${lost}`;
      },
      (error: NodeJS.ErrnoException) =>
        error.code === "ENOENT" ? `${path} was removed: ${lost}` : `${path} cannot be looked at: ${error.message}`,
    );
  }
}

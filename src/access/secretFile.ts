// A secret that is shared with somebody, in a file: each line is one, so that two are good while it changes.
// Read again when it was not looked at for a second, so that a changed file counts without a restart.
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Millis } from "../events/duration.ts";

const FRESH_FOR: Millis = 1_000;

export class SecretFile {
  readonly #path: string;
  readonly #elapsed: () => Millis;
  #read: { readonly at: Millis; readonly digests: Promise<readonly Buffer[]> } | undefined;

  private constructor(path: string, elapsed: () => Millis) {
    this.#path = path;
    this.#elapsed = elapsed;
  }

  /** Rejects with an Error of one line when there is no secret to be read. */
  static async open(path: string, elapsed: () => Millis): Promise<SecretFile> {
    const file = new SecretFile(path, elapsed);
    await file.#digests();
    return file;
  }

  /** Takes a time that says nothing of how much is right. Rejects when the file cannot be read now, or holds none. */
  async holds(text: string): Promise<boolean> {
    const given = digest(text);
    const digests = await this.#digests();
    return digests.filter((each) => timingSafeEqual(each, given)).length > 0; // all are tried, whichever holds
  }

  #digests(): Promise<readonly Buffer[]> {
    const at = this.#elapsed();
    if (!this.#read || at - this.#read.at >= FRESH_FOR) this.#read = { at, digests: digestsIn(this.#path) };
    return this.#read.digests;
  }
}

async function digestsIn(path: string): Promise<readonly Buffer[]> {
  const lines = (await readFile(path, "utf8")).split("\n").map((line) => line.trim());
  const secrets = lines.filter((line) => line !== "");
  if (secrets.length === 0) throw new Error(`${path} holds no secret`);
  return secrets.map(digest);
}

/** Of one length for texts of any. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

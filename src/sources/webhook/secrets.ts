// The shared secrets of webhooks, from a file for all of them, or from a directory with one file a webhook.
// Read anew for each request, so that a changed file counts at once; each line is a secret, so that two are good while they change.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** A name fits into a path, a host name and a Secret's key. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Its events would be taken for those of the cluster. */
const TAKEN = "kubernetes";

export class WebhookSecrets {
  readonly #path: string;
  readonly #isDirectory: boolean;

  private constructor(path: string, isDirectory: boolean) {
    this.#path = path;
    this.#isDirectory = isDirectory;
  }

  /** Rejects with an Error of one line when there is nothing to be read. */
  static async open(path: string): Promise<WebhookSecrets> {
    const isDirectory = (await stat(path)).isDirectory();
    if (!isDirectory) await secretsIn(path);
    return new WebhookSecrets(path, isDirectory);
  }

  /** At least one; undefined when there is no webhook of this name. Rejects when its file cannot be read or holds none. */
  async of(name: string): Promise<readonly string[] | undefined> {
    if (!NAME.test(name) || name === TAKEN) return undefined;
    if (!this.#isDirectory) return secretsIn(this.#path);
    try {
      return await secretsIn(join(this.#path, name));
    } catch (error) {
      if (!isMissing(error)) throw error;
      await stat(this.#path); // a directory that is gone says nothing of its names
      return undefined;
    }
  }
}

async function secretsIn(path: string): Promise<readonly string[]> {
  const lines = (await readFile(path, "utf8")).split("\n").map((line) => line.trim());
  const secrets = lines.filter((line) => line !== "");
  if (secrets.length === 0) throw new Error(`${path} holds no secret`);
  return secrets;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

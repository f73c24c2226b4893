// Cursors read as nobody outside can: with the key that lies in the store's file.
// Tests tell by them in which order changes stand.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Cursors } from "../../src/events/cursor.ts";

/** Callers cannot read cursors; whoever has the file can. */
export function cursorsOf(dataDir: string): Cursors {
  const database = new DatabaseSync(join(dataDir, "events.sqlite"), { readOnly: true });
  const { epoch, cursor_key: key } = database.prepare("SELECT epoch, cursor_key FROM state").get() ?? {};
  database.close();
  if (!(key instanceof Uint8Array)) throw new Error("the store has no key");
  return new Cursors({ epoch: String(epoch), key });
}

// A process that appends and resolves until it is killed: node appender.ts <path of the store>
// Says a line for every batch that was stored.
import { openStore } from "../../src/store/sqlite.ts";
import { plannedBatches, storeOptions } from "./storePlan.ts";

const [, , path = ""] = process.argv;
const store = await openStore(storeOptions(path));
for (const { batch, now } of plannedBatches()) {
  await store.append(batch, now);
  await store.resolveDue(now);
  process.stdout.write(".\n");
}
setInterval(() => undefined, 1000); // stays, and holds the store, until it is killed

// One gateway writes one store: the second is told who has it, also when it is another process, and gets it afterwards.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { openStore } from "../../src/store/sqlite.ts";
import { newStorePath, openForTest } from "./storeDirectory.ts";
import { storeOptions } from "./storePlan.ts";

it("a second gateway is refused with the holder's process, and can open the store when the first has closed", async () => {
  const path = newStorePath();
  const first = await openForTest(path);
  await expect(openStore(storeOptions(path))).rejects.toMatchObject({
    code: "STORE_LOCKED",
    message: expect.stringContaining(`process ${process.pid} on `),
  });
  expect(await first.count({})).toBe(0);
  await first.close();
  await (await openForTest(path)).close();
});

it("a store held by another process is refused, and free as soon as that process is killed", async () => {
  const path = newStorePath();
  const appender = fileURLToPath(new URL("./appender.ts", import.meta.url));
  const holder = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", appender, path]);
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  await expect(openStore(storeOptions(path))).rejects.toMatchObject({
    code: "STORE_LOCKED",
    message: expect.stringContaining(`process ${holder.pid} on `),
  });
  const gone = once(holder, "exit");
  holder.kill("SIGKILL");
  await gone;
  expect(await (await openForTest(path)).count({})).toBeGreaterThan(0);
});

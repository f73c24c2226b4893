// The whole demo: an API server on loopback, a cluster with some days behind it, and a khook, in one process.
// Promises that one seed gives one run at the same clock, and that stopping it (by `stop` or by the signal) leaves no
// timer, no socket and no file.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { DEMO_USERS } from "./demoUsers.ts";
import { populate } from "./scenario/history.ts";
import type { Khook } from "./scenario/khook.ts";
import { DAY, MINUTE } from "./scenario/kubeTime.ts";
import { Random } from "./scenario/random.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { writeKubeconfig } from "./server/kubeconfig.ts";
import { type ApiServer, startApiServer } from "./server/server.ts";
import { Storage } from "./server/storage.ts";

export interface DemoOptions {
  readonly seed: string;
  readonly now: () => Date;
  /** Aborting it stops the demo; while it starts, it ends the start with the signal's reason. */
  readonly signal: AbortSignal;
  /** Where the API server listens on loopback; default: a free port. */
  readonly port?: number;
  /** How many days lie behind the cluster; default 3. Events are kept for one day more. */
  readonly historyDays?: number;
  readonly log: (line: string) => void;
}

export interface Demo {
  readonly url: string;
  /** A kubeconfig for the API server, gone when the demo has stopped. */
  readonly kubeconfigPath: string;
  readonly storage: Storage;
  readonly server: ApiServer;
  readonly scenario: Scenario;
  readonly khook: Khook;
  /** Ends everything; may be called more than once. */
  stop(): Promise<void>;
}

export async function startDemo({ seed, now, signal, port, historyDays = 3, log }: DemoOptions): Promise<Demo> {
  signal.throwIfAborted();
  const random = new Random(seed).fork("server");
  const uids = random.fork("uids");
  const storage = new Storage({ now, eventTtlMs: (historyDays + 1) * DAY, uid: () => uids.uuid() });
  const clock = () => now().getTime();
  // From a whole minute on: what happens depends on when, by the millisecond, and demos of one seed are to have one past.
  const present = Math.floor(clock() / MINUTE) * MINUTE;
  const scenario = populate({ storage, seed, now: present, days: historyDays });
  await turn(); // some days take a while, in which nobody is heard
  signal.throwIfAborted();

  const lifetime = new AbortController();
  const directory = await mkdtemp(join(tmpdir(), "khook-demo-"));
  const kubeconfigPath = join(directory, "kubeconfig");
  const removeDirectory = () => rm(directory, { recursive: true, force: true });
  const watches = random.fork("watches");
  const start = async () => {
    const server = await startApiServer({
      storage,
      signal: lifetime.signal,
      now,
      random: () => watches.fraction(),
      ...(port === undefined ? {} : { port }),
    });
    await writeKubeconfig(kubeconfigPath, { url: server.url });
    for (const [token, { user, rules }] of Object.entries(DEMO_USERS)) {
      server.access.tokens.set(token, { user });
      server.access.rules.push(...rules);
    }
    return server;
  };
  const server = await start().catch(async (error: unknown) => {
    lifetime.abort();
    await removeDirectory();
    throw error;
  });
  const running = scenario.run(clock, lifetime.signal).catch((error: unknown) => {
    log(`the demo's scenario has ended: ${error instanceof Error ? error.stack : error}`);
  });

  let stopping: Promise<void> | undefined;
  const end = async () => {
    signal.removeEventListener("abort", stopQuietly);
    lifetime.abort();
    await Promise.all([running, server.close()]);
    await removeDirectory();
  };
  const stop = () => {
    stopping ??= end();
    return stopping;
  };
  const stopQuietly = () => void stop().catch((error: unknown) => log(`the demo did not stop cleanly: ${error}`));
  signal.addEventListener("abort", stopQuietly, { once: true });
  if (signal.aborted) stopQuietly();

  const { khook } = scenario;
  return { url: server.url, kubeconfigPath, storage, server, scenario, khook, stop };
}

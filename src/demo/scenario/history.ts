// The demo's cluster before anybody looked: namespaces, CRD, Hooks, and some days of what happened.
// Promises that the past is the same scenario run ahead on a draft, so that at `now` everything under way goes on: counts,
// caches, khook's memory. Nothing in it is later than `now`.

import { hookCrd } from "../admission/hookCrd.ts";
import { namespaceObject } from "../server/bootstrap.ts";
import type { Storage } from "../server/storage.ts";
import { Front } from "./clusterClient.ts";
import { demoHooks } from "./demoHooks.ts";
import { DraftClient } from "./draftClient.ts";
import { holdLease } from "./khookLease.ts";
import { DAY, kubeTime, MINUTE } from "./kubeTime.ts";
import { Random } from "./random.ts";
import { Scenario } from "./scenario.ts";
import { StorageClient } from "./storageClient.ts";
import { SYSTEM_NAMESPACES, WORKLOAD_NAMESPACES } from "./workloads.ts";

export interface HistoryOptions {
  readonly storage: Storage;
  readonly seed: string;
  /** The present, in milliseconds. */
  readonly now: number;
  readonly days: number;
}

/** The last minutes of the past are lively, so that there is something under way to be seen at once. */
const WARM_UP = 4 * MINUTE;

/** Fills an empty storage, and answers the scenario at `now` with its curtain raised. */
export function populate({ storage, seed, now, days }: HistoryOptions): Scenario {
  const random = new Random(seed);
  const start = now - days * DAY;
  const settled = start - 20 * DAY;
  const uids = random.fork("uids");
  const uid = () => uids.uuid();
  for (const name of [...SYSTEM_NAMESPACES, ...WORKLOAD_NAMESPACES]) {
    if (storage.get("namespaces", undefined, name) !== undefined) continue;
    const { metadata, ...rest } = namespaceObject(name);
    storage.create("namespaces", {
      ...rest,
      metadata: { ...metadata, creationTimestamp: kubeTime(settled), uid: uid() },
    });
  }
  if (storage.get("customresourcedefinitions", undefined, hookCrd.metadata.name ?? "") === undefined) {
    const metadata = { ...hookCrd.metadata, creationTimestamp: kubeTime(settled), uid: uid() };
    storage.create("customresourcedefinitions", { ...hookCrd, metadata });
  }
  for (const hook of demoHooks(kubeTime(settled), uid)) storage.create("hooks", hook);

  const draft = new DraftClient(storage.list("hooks"), random.fork("past"));
  const front = new Front(draft);
  const scenario = new Scenario({ cluster: front, random: random.fork("scenario"), start });
  scenario.step(Math.max(start, now - WARM_UP));
  scenario.raiseCurtain();
  scenario.step(now);
  draft.pour(storage);
  front.exchange(new StorageClient(storage, random.fork("present")));

  const { timeline } = scenario;
  timeline.play(holdLease({ storage, timeline, random: random.fork("lease"), acquired: start, uid: uid() }));
  scenario.raiseCurtain();
  return scenario;
}

// The Lease by which khook holds its leadership (leader election id `khook`).
// Promises a renewal every 2 seconds, as client-go's default has it, in MicroTime; a Lease that is gone is made anew.
import type { KubeObject } from "../kubeObject.ts";
import type { Storage } from "../server/storage.ts";
import { kubeTime, microTime, SECOND } from "./kubeTime.ts";
import type { Random } from "./random.ts";
import type { Script, Timeline } from "./timeline.ts";

const NAMESPACE = "kagent";
const NAME = "khook";
const RENEW_EVERY = 2 * SECOND;

export interface LeaseOptions {
  readonly storage: Storage;
  readonly timeline: Timeline;
  readonly random: Random;
  /** When the leadership began, in milliseconds. */
  readonly acquired: number;
  readonly uid: string;
}

export function* holdLease({ storage, timeline, random, acquired, uid }: LeaseOptions): Script {
  const holderIdentity = `khook-${random.suffix(9)}-${random.suffix(5)}_${random.uuid()}`;
  const acquireTime = microTime(acquired + random.fraction());
  for (;;) {
    const renewTime = microTime(timeline.now + random.fraction());
    const spec = { holderIdentity, leaseDurationSeconds: 15, acquireTime, renewTime, leaseTransitions: 1 };
    const lease = storage.get("leases", NAMESPACE, NAME);
    if (lease === undefined) storage.create("leases", newLease(spec, acquired, uid));
    else storage.replace("leases", { ...lease, spec });
    yield RENEW_EVERY;
  }
}

function newLease(spec: Readonly<Record<string, unknown>>, acquired: number, uid: string): KubeObject {
  return {
    kind: "Lease",
    apiVersion: "coordination.k8s.io/v1",
    metadata: { name: NAME, namespace: NAMESPACE, uid, creationTimestamp: kubeTime(acquired) },
    spec,
  };
}

// The Lease by which khook's replicas agree who acts. It may live in any namespace; of several the one renewed last counts.
import type { LeaseInfo } from "../events/health.ts";
import { parseInstant } from "../events/time.ts";
import type { Connection } from "./connection.ts";
import { asList, asObject, asText, asWord } from "./json.ts";

const NAME = "khook";

/** undefined when there is none. Rejects with a ClusterError when Kubernetes cannot be asked, or does not let us. */
export async function readControllerLease(connection: Connection, signal: AbortSignal): Promise<LeaseInfo | undefined> {
  const query = { fieldSelector: `metadata.name=${NAME}` };
  const { body } = await connection.get("/apis/coordination.k8s.io/v1/leases", query, signal);
  const leases = asList(body.items).map((item): LeaseInfo => {
    const { metadata, spec } = asObject(item) ?? {};
    const { holderIdentity, renewTime, leaseDurationSeconds: seconds } = asObject(spec) ?? {};
    return {
      namespace: asWord(asObject(metadata)?.namespace) ?? "",
      name: NAME,
      holder: asWord(holderIdentity) ?? null,
      renewedAt: parseInstant(asText(renewTime) ?? "") ?? null,
      durationSeconds: typeof seconds === "number" ? seconds : null,
    };
  });
  return leases.toSorted((a, b) => (b.renewedAt ?? 0) - (a.renewedAt ?? 0))[0];
}

// Hook.status as khook writes it.
// Promises whole seconds, and no activeEvents key when nothing is active, as Go's omitempty has it.
import type { ActiveEvent } from "./khookMemory.ts";
import { kubeTime } from "./kubeTime.ts";

export interface HookStatus {
  readonly activeEvents?: readonly {
    readonly eventType: string;
    readonly firstSeen: string;
    readonly lastSeen: string;
    readonly resourceName: string;
    readonly status: "firing" | "resolved";
  }[];
  readonly lastUpdated: string;
}

export function hookStatus(active: readonly ActiveEvent[], at: number): HookStatus {
  const activeEvents = active.map(({ eventType, firstSeen, lastSeen, resourceName, status }) => ({
    eventType,
    firstSeen: kubeTime(firstSeen),
    lastSeen: kubeTime(lastSeen),
    resourceName,
    status,
  }));
  return { ...(activeEvents.length === 0 ? {} : { activeEvents }), lastUpdated: kubeTime(at) };
}

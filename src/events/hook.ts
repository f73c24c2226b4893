// A Hook as the gateway knows it, and which hooks match an observation.
// A hook matches events of its own namespace and of the event types it configures; nothing else counts.
import type { Instant } from "./time.ts";

export interface HookKey {
  readonly namespace: string;
  readonly name: string;
}

export interface AgentReference {
  /** The hook's own namespace when the manifest names none. */
  readonly namespace: string;
  readonly name: string;
}

export interface EventConfiguration {
  readonly eventType: string;
  readonly agentRef: AgentReference;
  readonly prompt: string;
}

export interface ActiveEvent {
  readonly eventType: string;
  readonly resourceName: string;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  /** As the controller wrote it: `firing` or `resolved`. */
  readonly status: string;
}

export interface HookStatus {
  readonly activeEvents: readonly ActiveEvent[];
  readonly lastUpdated: Instant | null;
}

export interface Hook extends HookKey {
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generation: number;
  readonly createdAt: Instant;
  readonly eventConfigurations: readonly EventConfiguration[];
  /** null until the controller has written one. */
  readonly status: HookStatus | null;
  /** apiVersion, kind, metadata (name, namespace, labels, annotations) and spec: what `kubectl apply` takes back. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** When it was seen to be gone; null while it exists. Kept because events name it. */
  readonly deletedAt: Instant | null;
}

/** `namespace/name`: a hook's place in maps. Neither part can hold a slash. */
export function hookPath(key: HookKey): string {
  return `${key.namespace}/${key.name}`;
}

/** The existing hooks that match, in order of name. */
export function matchingHooks(
  hooks: Iterable<Hook>,
  observed: { readonly namespace: string; readonly eventType: string },
): readonly HookKey[] {
  const matching: HookKey[] = [];
  for (const hook of hooks) {
    if (hook.deletedAt !== null || hook.namespace !== observed.namespace) continue;
    if (hook.eventConfigurations.some((configuration) => configuration.eventType === observed.eventType)) {
      matching.push({ namespace: hook.namespace, name: hook.name });
    }
  }
  return matching.sort((a, b) => (a.name < b.name ? -1 : 1));
}

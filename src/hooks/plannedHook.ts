// The hook that a manifest plans, as it would be once it is deployed.
// Only for manifests that are valid: then every field is there and of its type.
import type { EventConfiguration, HookKey } from "../events/hook.ts";
import { keyOf } from "./finding.ts";
import { entryOf, textOf } from "./located.ts";
import type { Manifest } from "./manifest.ts";

export interface PlannedHook extends HookKey {
  readonly eventConfigurations: readonly EventConfiguration[];
}

/** Why there is not just one hook to plan with, or the hook. */
export function plannedHook({ subjects }: Manifest): PlannedHook | { readonly fault: string } {
  const [subject, another] = subjects;
  if (!subject || another) return { fault: `has ${subjects.length} hooks: give one` };
  const key = keyOf(subject.hook);
  if (!key) return { fault: "has no metadata.namespace: name the one whose events are to be looked at" };
  const list = entryOf(entryOf(subject.root, "spec")?.value, "eventConfigurations")?.value;
  const eventConfigurations = (list?.kind === "list" ? list.items : []).map((entry) => {
    const text = (field: string) => textOf(entryOf(entry, field)?.value) ?? "";
    const agentRef = entryOf(entry, "agentRef")?.value;
    return {
      eventType: text("eventType"),
      agentRef: {
        namespace: textOf(entryOf(agentRef, "namespace")?.value) || key.namespace,
        name: textOf(entryOf(agentRef, "name")?.value) ?? "",
      },
      prompt: text("prompt"),
    };
  });
  return { ...key, eventConfigurations };
}

// What the API server would do with a Hook, found out by a write that it judges as any other and does not store.
// Values alone: who asks stands in the cluster room, and what is made of the answer in the room of the hooks.
import type { HookKey } from "./hook.ts";

/** A Hook as it is to be sent. Namespace and version are names that a path can have. */
export interface HookDraft extends HookKey {
  /** `v1alpha2` */
  readonly version: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** One fault, as the API server tells it. */
export interface DryRunCause {
  /** `FieldValueRequired`; empty when it gives none. */
  readonly reason: string;
  /** `spec.eventConfigurations[0].prompt`; empty when it names none. */
  readonly field: string;
  readonly message: string;
}

/** What it says of the Hook. */
export type DryRunVerdict =
  | { readonly outcome: "taken"; readonly warnings: readonly string[] }
  | {
      readonly outcome: "refused";
      readonly message: string;
      /** None when the message is all there is to say. */
      readonly causes: readonly DryRunCause[];
      readonly warnings: readonly string[];
    }
  /** There is no such thing to write the Hook to. */
  | { readonly outcome: "missing"; readonly what: "namespace" | "resource" };

export type DryRunVerb = "create" | "get" | "update";

export type DryRunAnswer =
  | DryRunVerdict
  /** Whoever asked may not do that; `isKnown` is false when the API server does not even know who it is. */
  | { readonly outcome: "forbidden"; readonly verb: DryRunVerb; readonly isKnown: boolean }
  /** `reason` continues a sentence: `it does not answer`. */
  | { readonly outcome: "unavailable"; readonly reason: string };

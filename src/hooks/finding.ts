// What can be wrong with a manifest: the list of codes, which never change their meaning, and one finding.
// A finding names its place twice: as a path in the object and as a line and column in the text.
import type { HookKey } from "../events/hook.ts";

/** Each code with what it says; those of a list stay, whatever else is added. */
export const FINDING_CODES = {
  // The text.
  EMPTY: "There is no document in the text.",
  TOO_LARGE: "The text, or what its aliases make of it, is larger than what is looked at.",
  TOO_DEEP: "Values stand in each other deeper than is looked at.",
  TOO_MANY_DOCUMENTS: "There are more documents than are looked at.",
  SYNTAX: "The text is no YAML (and so no JSON either).",
  DUPLICATE_KEY: "A key stands twice in one object.",
  UNSUPPORTED_VALUE: "A value or key that JSON does not have.",
  NOT_AN_OBJECT: "The document is no object.",
  // The object, as the API server judges it.
  WRONG_API_VERSION: "The apiVersion is none that the Hook resource has.",
  WRONG_KIND: "The kind is not Hook.",
  REQUIRED: "A required field is missing.",
  WRONG_TYPE: "A value is of another type.",
  NOT_SUPPORTED: "A value is none of those that are allowed.",
  TOO_SHORT: "A text or a list is too short.",
  TOO_LONG: "A text or a list is too long.",
  OUT_OF_RANGE: "A number is too small or too large.",
  BAD_FORMAT: "A text is not of the form that is asked for.",
  BAD_NAME: "A name is none that Kubernetes takes.",
  BAD_LABEL: "A label is none that Kubernetes takes.",
  BAD_ANNOTATION: "An annotation is none that Kubernetes takes.",
  UNKNOWN_FIELD: "The resource has no such field: the API server drops it.",
  STATUS_IGNORED: "The status is dropped when the hook is applied.",
  // What only the API server can say, asked in a dry run.
  REFUSED: "The API server refuses it by a rule that only it knows: a CEL rule, a webhook, a policy.",
  NOT_INSTALLED: "The cluster has no such resource: the CRD is not installed, or not in this version.",
  SERVER_WARNING: "The API server takes it, and warns of it.",
  NOT_ASKED: "The API server was not asked about this hook, or could not be.",
  // khook's own rules.
  DUPLICATE_EVENT_TYPE: "An event type stands twice in one hook.",
  BAD_AGENT_NAME: "The agent's name is none that khook takes.",
  BLANK_PROMPT: "The prompt has nothing but white space.",
  UNBALANCED_BRACES: "There are not as many {{ as }}.",
  FORBIDDEN_TEMPLATE: "A template construct that khook refuses.",
  LONG_PROMPT: "The prompt is long enough for khook to warn of it.",
  // What is allowed, and still no good idea.
  UNKNOWN_PLACEHOLDER: "A placeholder that khook leaves as it stands.",
  UNFILLED_PLACEHOLDER: "A placeholder that khook means to know, and still leaves as it stands.",
  NO_PLACEHOLDER: "A prompt that does not tell the agent what happened.",
  UNKNOWN_NAMESPACE: "A namespace that the cluster does not have.",
  UNKNOWN_EVENT_TYPE: "An event type that no source produces.",
  SHARED_EVENT_TYPE: "Another hook of the namespace waits for the same event type.",
  REPEATED_HOOK: "The text has another hook of this name before.",
} as const;

export type FindingCode = keyof typeof FINDING_CODES;

/** Who is at odds with the manifest. */
export const FINDING_ORIGINS = ["TEXT", "SCHEMA", "CONTROLLER", "LINT", "API_SERVER"] as const;
export type FindingOrigin = (typeof FINDING_ORIGINS)[number];

export interface Finding {
  readonly code: FindingCode;
  readonly origin: FindingOrigin;
  /** `spec.eventConfigurations[0].prompt`; empty for the document itself. */
  readonly path: string;
  /** What is wrong, and what would be right. */
  readonly message: string;
  /** The document in the text, from 1; 0 when it is about the text as a whole. */
  readonly document: number;
  /** The hook it is about; null while that has no name. Without a namespace when the manifest has none. */
  readonly hook: { readonly namespace: string | null; readonly name: string } | null;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

export type NamedHook = NonNullable<Finding["hook"]>;

/** More findings of one kind than anybody reads. */
export const MAX_FINDINGS = 500;

export type Severity = "error" | "warning";

/** A finding as a rule makes it: its place is an offset in the text. */
export interface Remark {
  readonly severity: Severity;
  readonly code: FindingCode;
  readonly origin: FindingOrigin;
  readonly path: string;
  readonly at: number;
  /** Made only when it is kept. */
  readonly message: () => string;
}

export type Remarks = (remark: Remark) => void;

/** A whole key, for comparing; undefined while a part is missing. */
export function keyOf(hook: NamedHook | null): HookKey | undefined {
  return hook?.namespace ? { namespace: hook.namespace, name: hook.name } : undefined;
}

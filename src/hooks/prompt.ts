// Prompt templates as khook treats them: what it refuses, which placeholders it fills, and with what.
// It replaces exact texts such as `{{.Reason}}`; whatever else stands in braces it leaves as it is.
import type { HookEvent } from "../events/event.ts";
import { didYouMean } from "../events/nearest.ts";
import type { Instant } from "../events/time.ts";
import type { FindingCode, Severity } from "./finding.ts";

/** Bytes of UTF-8, as khook counts. */
const MAX_PROMPT = 10_000;
const LONG_PROMPT = 1_000;

/** What khook knows of an event when it writes to the agent. */
type Known = Pick<HookEvent, "eventType" | "namespace" | "reason" | "message" | "firstSeen"> & {
  readonly resource: Pick<HookEvent["resource"], "name">;
};

const PLACEHOLDERS: Readonly<Record<string, (event: Known) => string>> = {
  EventType: ({ eventType }) => eventType,
  ResourceName: ({ resource }) => resource.name,
  Namespace: ({ namespace }) => namespace,
  Reason: ({ reason }) => reason,
  Message: ({ message }) => message,
  Timestamp: ({ firstSeen }) => toSeconds(firstSeen),
  EventTime: ({ firstSeen }) => toSeconds(firstSeen),
  EventMessage: ({ message }) => message,
};
const NAMES = Object.keys(PLACEHOLDERS);
const EVENT_FIELDS: ReadonlyMap<string, string> = new Map([
  ["Type", "EventType"],
  ["ResourceName", "ResourceName"],
  ["Namespace", "Namespace"],
  ["Reason", "Reason"],
  ["Message", "Message"],
  ["Timestamp", "EventTime"],
]);

/** In khook's order; what it looks for is the beginning, so `{{print` stands for `{{printf` and `{{println` as well. */
const REFUSED = ["{{/*", "{{define", "{{template", "{{call", "{{data", "{{urlquery", "{{print", "{{js", "{{html"];

export interface PromptRemark {
  readonly severity: Severity;
  readonly code: FindingCode;
  readonly origin: "CONTROLLER" | "LINT";
  readonly message: string;
}

/** Everything to be said of a prompt that is a text. */
export function promptRemarks(prompt: string): readonly PromptRemark[] {
  const remarks: PromptRemark[] = [];
  const refuse = (code: FindingCode, message: string) =>
    remarks.push({ severity: "error", code, origin: "CONTROLLER", message });
  const warn = (code: FindingCode, message: string, origin: "CONTROLLER" | "LINT" = "LINT") =>
    remarks.push({ severity: "warning", code, origin, message });

  if (prompt.trim() === "") {
    refuse("BLANK_PROMPT", "is blank: say what the agent is to do");
    return remarks;
  }
  const bytes = Buffer.byteLength(prompt);
  if (bytes > MAX_PROMPT) refuse("TOO_LONG", `has ${bytes} bytes: khook takes at most ${MAX_PROMPT}`);
  else if (bytes > LONG_PROMPT) {
    warn("LONG_PROMPT", `has ${bytes} bytes: khook warns of more than ${LONG_PROMPT}`, "CONTROLLER");
  }
  const opened = prompt.split("{{").length - 1;
  const closed = prompt.split("}}").length - 1;
  if (opened !== closed) {
    refuse("UNBALANCED_BRACES", `has ${opened} {{ and ${closed} }}: khook wants as many of both`);
  }
  for (const construct of REFUSED) {
    if (prompt.includes(construct)) refuse("FORBIDDEN_TEMPLATE", `has ${construct}, which khook refuses: leave it out`);
  }

  const found = actionsOf(prompt);
  for (const action of new Set(found)) {
    if (PLACEHOLDERS[nameIn(action) ?? ""] || REFUSED.some((construct) => action.startsWith(construct))) continue;
    const field = /^\{\{\.Event\.(\w+)\}\}$/.exec(action)?.[1];
    const instead = EVENT_FIELDS.get(field ?? "");
    if (instead) warn("UNFILLED_PLACEHOLDER", `khook leaves ${shown(action)} as it stands: write {{.${instead}}}`);
    else warn("UNKNOWN_PLACEHOLDER", `khook leaves ${shown(action)} as it stands${better(action)}`);
  }
  if (found.length === 0) {
    warn(
      "NO_PLACEHOLDER",
      "has no placeholder, so the agent is not told what happened: write {{.ResourceName}} and {{.EventMessage}}",
    );
  }
  return remarks;
}

/** The prompt as khook sends it for the event. */
export function expandPrompt(prompt: string, event: Known): string {
  return prompt.replace(/\{\{\.(\w+)\}\}/g, (placeholder, name: string) =>
    Object.hasOwn(PLACEHOLDERS, name) ? (PLACEHOLDERS[name]?.(event) ?? placeholder) : placeholder,
  );
}

/** What stands in double braces. A new opening ends what was open, so that this takes linear time. */
function actionsOf(prompt: string): readonly string[] {
  return [...prompt.matchAll(/\{\{(?:(?!\{\{|\}\})[\s\S])*\}\}/g)].map(([action]) => action);
}

/** Exactly as khook looks for it: without spaces. */
function nameIn(action: string): string | undefined {
  const name = /^\{\{\.(\w+)\}\}$/.exec(action)?.[1];
  return name !== undefined && Object.hasOwn(PLACEHOLDERS, name) ? name : undefined;
}

function better(action: string): string {
  const word = /^\{\{[-\s]*\$?\.?\s*(?:Event\.)?([A-Za-z_]\w*)[-\s]*\}\}$/.exec(action)?.[1] ?? "";
  const near = word === "" ? "" : didYouMean(word, NAMES).replace(/"(\w+)"/, "{{.$1}}");
  return near === "" ? `: it fills ${NAMES.map((name) => `{{.${name}}}`).join(", ")}` : near;
}

function shown(action: string): string {
  return action.length > 60 ? `${action.slice(0, 60)}…` : action;
}

/** RFC 3339 as Go writes it: to the second. */
function toSeconds(instant: Instant): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, "Z");
}

// khook's audit Events -> dispatches: what it says it did for a hook.
// Read by their texts, which are fixed; whatever does not follow them is not a dispatch. Linear in the length of the text.
import type { Dispatch, DispatchOutcome } from "../events/dispatch.ts";
import { eventId } from "../events/event.ts";
import { asObject, asText, asWord, type JsonObject } from "./json.ts";
import { countOf, reporterOf, timesOf } from "./kubeEvent.ts";

type Field = "eventType" | "resourceName" | "agent" | "requestId" | "error";

interface Wording {
  readonly outcome: DispatchOutcome;
  /** Literal text and fields in turn, beginning with text. */
  readonly parts: readonly (string | { readonly field: Field })[];
}

const EVENT_TYPE = { field: "eventType" } as const;
const RESOURCE = { field: "resourceName" } as const;
const AGENT = { field: "agent" } as const;

/** By the reason of the audit Event. */
const WORDINGS: Readonly<Record<string, Wording>> = {
  EventFiring: {
    outcome: "FIRED",
    parts: ["Event ", EVENT_TYPE, " fired for resource ", RESOURCE, ", calling agent ", AGENT],
  },
  AgentCallSuccess: {
    outcome: "SUCCEEDED",
    parts: [
      "Successfully called agent ",
      AGENT,
      " for event ",
      EVENT_TYPE,
      " on resource ",
      RESOURCE,
      " (request: ",
      { field: "requestId" },
      ")",
    ],
  },
  AgentCallFailure: {
    outcome: "FAILED",
    parts: [
      "Failed to call agent ",
      AGENT,
      " for event ",
      EVENT_TYPE,
      " on resource ",
      RESOURCE,
      ": ",
      { field: "error" },
    ],
  },
  DuplicateEventIgnored: {
    outcome: "DUPLICATE_IGNORED",
    parts: ["Duplicate event ", EVENT_TYPE, " ignored for resource ", RESOURCE, " (within deduplication window)"],
  },
};

const MERGED = "(combined from similar events): ";

export function dispatchOf(event: JsonObject): Dispatch | undefined {
  const regarding = asObject(event.regarding);
  if (regarding?.kind !== "Hook" || reporterOf(event) !== "khook") return undefined;
  const reason = asText(event.reason) ?? "";
  const wording = Object.hasOwn(WORDINGS, reason) ? WORDINGS[reason] : undefined;
  const message = asText(event.note) ?? "";
  if (!wording) return undefined;
  const fields = readWording(wording, message);
  const metadata = asObject(event.metadata);
  const uid = asWord(metadata?.uid);
  const name = asWord(regarding.name);
  const namespace = asWord(regarding.namespace) ?? asWord(metadata?.namespace);
  const times = timesOf(event);
  if (!fields?.eventType || !fields.resourceName || !uid || !name || !namespace || !times) return undefined;
  const count = countOf(event);
  return {
    id: eventId(uid, count),
    uid,
    count,
    hook: { namespace, name },
    outcome: wording.outcome,
    eventType: fields.eventType,
    resourceName: fields.resourceName,
    agent: fields.agent ?? null,
    requestId: fields.requestId ?? null,
    error: fields.error ?? null,
    message,
    timestamp: times.lastSeen,
  };
}

/**
 * The fields of a text that follows a wording, undefined when it does not. Each field ends where the next literal text
 * first begins; a field at the end takes the rest, whatever it holds; literal text at the end must end the text.
 */
function readWording({ parts }: Wording, message: string): Partial<Record<Field, string>> | undefined {
  const text = message.startsWith(MERGED) ? message.slice(MERGED.length) : message;
  const fields: Partial<Record<Field, string>> = {};
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (typeof part === "string") {
      if (!text.startsWith(part, at)) return undefined;
      at += part.length;
      continue;
    }
    const end = endOfField(text, at, parts, index);
    if (end < at) return undefined;
    fields[part.field] = text.slice(at, end);
    at = end;
  }
  return at === text.length ? fields : undefined;
}

function endOfField(text: string, at: number, parts: Wording["parts"], index: number): number {
  const next = parts[index + 1];
  if (typeof next !== "string") return text.length;
  if (index + 2 < parts.length) return text.indexOf(next, at);
  return text.endsWith(next) ? text.length - next.length : -1;
}

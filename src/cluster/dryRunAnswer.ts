// What the API server answered to a dry run, sorted: whether it speaks of the Hook, of who asks, or of itself.
// Every answer is one of them, whatever it is.
import type { DryRunAnswer, DryRunCause, DryRunVerb } from "../events/hookDryRun.ts";
import type { WholeAnswer } from "./answer.ts";
import { asList, asObject, asText, asWord, type JsonObject } from "./json.ts";

/** Characters of a message that are passed on. */
const LONGEST = 2_000;

export function dryRunAnswer(verb: DryRunVerb, { status, body, warnings }: WholeAnswer): DryRunAnswer {
  if (status >= 200 && status < 300) return { outcome: "taken", warnings };
  const told = body?.kind === "Status" ? body : undefined;
  const message = (asWord(told?.message) ?? "").slice(0, LONGEST);
  if (status === 401) return { outcome: "forbidden", verb, isKnown: false };
  if (status === 403 && !isAdmission(message)) return { outcome: "forbidden", verb, isKnown: true };
  if (status === 404) {
    const isNamespace = asObject(told?.details)?.kind === "namespaces";
    return { outcome: "missing", what: isNamespace ? "namespace" : "resource" };
  }
  if (!told || status === 429 || status < 400 || status >= 500) {
    return unavailable(`it answers ${status}${message === "" ? "" : `, ${message}`}`);
  }
  return { outcome: "refused", message: message || `refused with ${status}`, causes: causesOf(told), warnings };
}

export function unavailable(reason: string): DryRunAnswer {
  return { outcome: "unavailable", reason };
}

/**
 * Who lacks the right and whose Hook a policy refuses are both told 403, and nothing but the text tells them apart: a webhook says
 * that it is one, and others name the object. Of any other text it is taken that the right is missing.
 */
function isAdmission(message: string): boolean {
  return /^admission webhook "/.test(message) || /^\S+ "[^"]*" is forbidden: (?!User )/.test(message);
}

function causesOf({ details }: JsonObject): readonly DryRunCause[] {
  return asList(asObject(details)?.causes).flatMap((value) => {
    const cause = asObject(value);
    const message = asText(cause?.message)?.slice(0, LONGEST);
    const field = asText(cause?.field) ?? "";
    return message === undefined ? [] : [{ reason: asText(cause?.reason) ?? "", field, message }];
  });
}

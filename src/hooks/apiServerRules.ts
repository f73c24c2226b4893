// What the API server said of a Hook in a dry run, as remarks of ours: its fields, our codes, and the place in the text.
// What is said of the Hook already is not said twice; what it refuses counts as an error, also where we would only warn.
import type { DryRunCause, DryRunVerdict } from "../events/hookDryRun.ts";
import { causeCode } from "./causeCode.ts";
import type { FindingCode, Remark, Severity } from "./finding.ts";
import { below, isNull, type Located, type LocatedEntry } from "./located.ts";
import type { Subject } from "./manifest.ts";

/** What is known of a hook from the API server: what it said, or why it was not asked. */
export type ApiServerSays = DryRunVerdict | { readonly outcome: "unasked"; readonly why: string };

/** Codes that say no more than who refuses: it is the message that tells one from another. */
const OPEN_CODES: readonly FindingCode[] = ["REFUSED", "SERVER_WARNING"];

/** All that is to be said of a hook. `own` are the remarks that were made without the API server. */
export function withApiServer(own: readonly Remark[], subject: Subject, says: ApiServerSays): readonly Remark[] {
  const byPath = new Map<string, Remark[]>(); // as there can be thousands
  for (const remark of own) at(byPath, remark.path).push(remark);
  const added: Remark[] = [];
  for (const remark of remarksOf(subject, says, own)) {
    const others = at(byPath, remark.path);
    if (others.some((other) => isRepeat(remark, other))) continue;
    const warned = others.find((other) => remark.severity === "error" && isSame(remark, other));
    // What we said of it says what would be right as well.
    const told = warned ? { ...remark, at: warned.at, message: warned.message } : remark;
    others.push(told);
    added.push(told);
  }
  const refused = new Set(added.filter(({ severity }) => severity === "error"));
  const isOutdone = (remark: Remark) =>
    remark.severity === "warning" &&
    at(byPath, remark.path).some((other) => refused.has(other) && isSame(remark, other));
  return [...own.filter((remark) => !isOutdone(remark)), ...added];
}

function at(byPath: Map<string, Remark[]>, path: string): Remark[] {
  const there = byPath.get(path) ?? [];
  byPath.set(path, there);
  return there;
}

/** Of remarks at one path. A refusal repeats no warning: it goes in its place. */
function isRepeat(remark: Remark, other: Remark): boolean {
  if (remark.severity === "error" && other.severity === "warning") return false;
  // All else that the API server says of such a value follows from its type.
  if (other.code === "WRONG_TYPE" || (other.code === "WRONG_API_VERSION" && remark.code === "NOT_INSTALLED"))
    return true;
  return isSame(remark, other);
}

function isSame(one: Remark, other: Remark): boolean {
  return one.code === other.code && (!OPEN_CODES.includes(one.code) || one.message() === other.message());
}

function remarksOf(subject: Subject, says: ApiServerSays, own: readonly Remark[]): readonly Remark[] {
  const say = (severity: Severity, code: FindingCode, field: string, message: string): Remark => {
    const { prefix, root } = subject;
    const path = field === "" ? prefix : below(prefix, field);
    return { severity, code, origin: "API_SERVER", path, at: placeOf(root, field), message: () => message };
  };
  const warned = (warnings: readonly string[]) =>
    warnings.map((warning) => {
      const field = unknownFields(warning)[0];
      if (field !== undefined) return say("warning", "UNKNOWN_FIELD", field, dropped(field));
      return say("warning", "SERVER_WARNING", "", warning);
    });

  switch (says.outcome) {
    case "unasked":
      if (own.some(({ severity }) => severity === "error")) return [];
      return [say("warning", "NOT_ASKED", "", `the API server was not asked about this hook: ${says.why}`)];
    case "taken":
      return warned(says.warnings);
    case "missing":
      return says.what === "namespace"
        ? [say("error", "UNKNOWN_NAMESPACE", "metadata.namespace", "the API server has no such namespace")]
        : [
            say(
              "error",
              "NOT_INSTALLED",
              "apiVersion",
              "the API server has no hooks of this version: is the CRD installed?",
            ),
          ];
    case "refused": {
      const { message, causes, warnings } = says;
      if (/ does not support dry run/.test(message)) {
        return [
          ...warned(warnings),
          say("warning", "NOT_ASKED", "", `the API server cannot judge this hook in a dry run: ${message}`),
        ];
      }
      const faults = causes.length > 0 ? causes : undecodable(message);
      const told: readonly DryRunCause[] = faults.length > 0 ? faults : [{ reason: "", field: "", message }];
      return [
        ...told.map((cause) => say("error", causeCode(cause), fieldOf(cause), cause.message)),
        ...warned(warnings),
      ];
    }
  }
}

/** Go writes `<nil>` for the object itself. */
function fieldOf({ field }: DryRunCause): string {
  return field === "<nil>" ? "" : field;
}

/** What of an object did not fit its types: it is told in one sentence. */
function undecodable(message: string): readonly DryRunCause[] {
  if (message.includes("strict decoding error: ")) {
    return unknownFields(message).map((field) => ({ reason: "FieldUnknown", field, message: dropped(field) }));
  }
  const [, field] = /into Go struct field ObjectMeta\.(?:metadata\.)?(\w+) of type/.exec(message) ?? [];
  return field === undefined ? [] : [{ reason: "FieldValueTypeInvalid", field: `metadata.${field}`, message }];
}

function unknownFields(text: string): readonly string[] {
  return [...text.matchAll(/unknown field "((?:[^"\\]|\\.)*)"/g)].map(([, field = ""]) => field);
}

function dropped(field: string): string {
  return `${JSON.stringify(field.slice(0, 80))} is no field of this resource and would be dropped`;
}

/** Where the field stands; of what is missing, the nearest around it that is there. */
function placeOf(root: Located, field: string): number {
  let place: Located | undefined = root;
  let at = root.at;
  for (const [, key, bracketed] of field.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    const name = key ?? bracketed ?? "";
    const entry: LocatedEntry | undefined = place?.kind === "object" ? place.entries.get(name) : undefined;
    place = entry?.value ?? (place?.kind === "list" ? place.items[Number(name)] : undefined);
    if (!place) break;
    at = entry && (place.kind !== "scalar" || isNull(place)) ? entry.keyAt : place.at;
  }
  return at;
}

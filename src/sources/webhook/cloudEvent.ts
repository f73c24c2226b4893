// A CloudEvent 1.0: its context attributes checked against the specification, and what it reports.
// Attributes come as JSON members or as headers; whoever calls says how each is called where it stands.
import { asObject, asText, asWord, type JsonObject } from "../../cluster/json.ts";
import { MAX_MESSAGE } from "../../cluster/mapping.ts";
import type { Instant } from "../../events/time.ts";
import type { Faults } from "./faults.ts";
import { cut, messageIn, type Report, tagsOf, timeOf } from "./report.ts";
import { aboutCloudEvent } from "./resource.ts";

export interface CloudEventInput {
  /** All attributes, extensions as well; null is unset. */
  readonly attributes: JsonObject;
  readonly data: unknown;
  /** The place of an attribute: `[2].id`, `ce-id`. */
  readonly pathOf: (attribute: string) => string;
}

interface AttributeRule {
  readonly isRequired: boolean;
  readonly holds: (text: string) => boolean;
  readonly right: string;
}

/** RFC 3986: no other characters, and a percent sign only before two hexadecimal digits. */
const URI_REFERENCE = /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\dA-Fa-f]{2})+$/;
const URI = /^[A-Za-z][A-Za-z\d+.-]*:/;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(?:;.*)?$/;
const anything = (): boolean => true;

const RULES: Readonly<Record<string, AttributeRule>> = {
  specversion: { isRequired: true, holds: (text) => text === "1.0", right: 'must be "1.0"' },
  id: { isRequired: true, holds: anything, right: "must be a text, and not empty" },
  source: {
    isRequired: true,
    holds: (text) => URI_REFERENCE.test(text),
    right: "must be a URI reference, such as /ci/builds or https://ci.example.com",
  },
  type: { isRequired: true, holds: anything, right: "must be a text, and not empty" },
  datacontenttype: {
    isRequired: false,
    holds: (text) => MEDIA_TYPE.test(text),
    right: "must be a media type, such as application/json",
  },
  dataschema: {
    isRequired: false,
    holds: (text) => URI_REFERENCE.test(text) && URI.test(text),
    right: "must be a URI with its scheme, such as https://example.com/schema.json",
  },
  subject: { isRequired: false, holds: anything, right: "must be a text, and not empty" },
};
const OWN = new Set([...Object.keys(RULES), "time", "data", "data_base64"]);
const MESSAGES = ["message", "description", "summary", "note"];

/** undefined when there is a fault in it. */
export function readCloudEvent(
  { attributes, data, pathOf }: CloudEventInput,
  now: Instant,
  faults: Faults,
): Report | undefined {
  for (const [name, rule] of Object.entries(RULES)) check(attributes[name], pathOf(name), rule, faults);
  const { time } = attributes;
  const at = isUnset(time) ? null : timeOf(time, pathOf("time"), now, faults);
  const id = asWord(attributes.id);
  const source = asWord(attributes.source);
  const type = asWord(attributes.type);
  if (id === undefined || source === undefined || type === undefined) return undefined; // a fault, and noted
  const extensions = Object.fromEntries(Object.entries(attributes).filter(([name]) => !OWN.has(name)));
  return {
    identity: ["CloudEvent", source, id],
    type,
    at,
    message: messageOf(data),
    ...aboutCloudEvent({ source, subject: asWord(attributes.subject), extensions, data }),
    tags: { ...tagsOf(extensions), cloudEventSource: cut(source, 1024) },
  };
}

function check(value: unknown, path: string, { isRequired, holds, right }: AttributeRule, faults: Faults): void {
  if (isUnset(value)) {
    if (isRequired) faults.note(path, `is missing: it ${right}`);
  } else if (asWord(value) === undefined || !holds(String(value))) {
    faults.note(path, right);
  }
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null;
}

function messageOf(data: unknown): string {
  return cut(asText(data)?.trim() ?? "", MAX_MESSAGE) || messageIn(asObject(data) ?? {}, MESSAGES);
}

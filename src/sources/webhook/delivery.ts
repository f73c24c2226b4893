// What was posted to a webhook, read by its media type: a CloudEvent, a batch of them, one in headers, or alerts.
// Pure: the bytes and headers in, reports or faults out. No body makes it throw.
import { asObject, type JsonObject } from "../../cluster/json.ts";
import type { Instant } from "../../events/time.ts";
import { readAlerts } from "./alertmanager.ts";
import { readCloudEvent } from "./cloudEvent.ts";
import { Faults } from "./faults.ts";
import type { Reading, Report } from "./report.ts";

export interface Delivery {
  /** Of the request, names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** What of a media type matters here. */
interface MediaType {
  /** In lower case, without parameters; empty when there is none. */
  readonly essence: string;
  readonly isUtf8: boolean;
}

const CLOUD_EVENT = "application/cloudevents+json";
const CLOUD_EVENTS = "application/cloudevents-batch+json";
/** Of the headers of a CloudEvent any one: so that one that lacks its version is told of that. */
const BINARY = ["ce-specversion", "ce-id", "ce-source", "ce-type"];
const JSON_TYPE = /^(?:application|text)\/json$|\+json$/;

export function readDelivery(delivery: Delivery, now: Instant): Reading {
  const type = mediaTypeOf(delivery.headers["content-type"]);
  if (!type.isUtf8) return { kind: "foreign", why: "The body has to be UTF-8, and its charset is another" };
  const faults = new Faults();
  const reports = readReports(delivery, type, now, faults);
  if (!reports) {
    const sent = type.essence === "" ? "The body has no Content-Type" : `The body is ${type.essence.slice(0, 100)}`;
    return {
      kind: "foreign",
      why: `${sent}: it has to be ${CLOUD_EVENT}, ${CLOUD_EVENTS}, application/json of an Alertmanager, or have the ce- headers of a CloudEvent`,
    };
  }
  return faults.any ? { kind: "faults", faults } : { kind: "reports", reports };
}

/** undefined when it is of no sort that is read here. */
function readReports(
  { headers, body }: Delivery,
  type: MediaType,
  now: Instant,
  faults: Faults,
): readonly Report[] | undefined {
  switch (type.essence) {
    case CLOUD_EVENT: {
      const event = readJson(body, "", faults);
      return faults.any ? [] : readStructured([event], () => "", now, faults);
    }
    case CLOUD_EVENTS: {
      const events = readJson(body, "", faults);
      if (faults.any) return [];
      if (Array.isArray(events)) return readStructured(events, (index) => `[${index}].`, now, faults);
      faults.note("", "The body must be a list of CloudEvents");
      return [];
    }
    default: {
      if (type.essence.startsWith("application/cloudevents")) return undefined;
      if (BINARY.some((name) => headers[name] !== undefined)) return readBinary(headers, body, type, now, faults);
      if (type.essence !== "application/json") return undefined;
      const payload = readJson(body, "", faults);
      return faults.any ? [] : readAlerts(payload, now, faults);
    }
  }
}

function readStructured(
  events: readonly unknown[],
  prefixOf: (index: number) => string,
  now: Instant,
  faults: Faults,
): readonly Report[] {
  return events.flatMap((event, index) => {
    const prefix = prefixOf(index);
    const attributes = asObject(event);
    if (!attributes) {
      faults.note(prefix.slice(0, -1), "a CloudEvent must be an object");
      return [];
    }
    const data = structuredData(attributes, prefix, faults);
    return readCloudEvent({ attributes, data, pathOf: (name) => `${prefix}${name}` }, now, faults) ?? [];
  });
}

/** `data`, or `data_base64` where that is text. */
function structuredData(
  { data, data_base64: encoded, datacontenttype }: JsonObject,
  prefix: string,
  faults: Faults,
): unknown {
  if (encoded === undefined || encoded === null) return data;
  const path = `${prefix}data_base64`;
  if (data !== undefined) faults.note(path, "there must not be both data and data_base64");
  if (typeof encoded !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) {
    faults.note(path, "must be a text in Base64");
    return undefined;
  }
  const type = mediaTypeOf(typeof datacontenttype === "string" ? datacontenttype : undefined);
  return readData(Buffer.from(encoded, "base64"), type, path, faults);
}

/** Attributes are headers, and the body is the data. */
function readBinary(
  headers: Delivery["headers"],
  body: Uint8Array,
  type: MediaType,
  now: Instant,
  faults: Faults,
): readonly Report[] {
  const attributes = new Map<string, unknown>();
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith("ce-") || value === undefined) continue;
    const text = decodedHeader(String(value));
    if (text === undefined) faults.note(name, "must be percent-encoded UTF-8");
    attributes.set(name.slice(3), text ?? value);
  }
  const contentType = headers["content-type"];
  if (contentType !== undefined) attributes.set("datacontenttype", contentType);
  const pathOf = (name: string): string => (name === "datacontenttype" ? "content-type" : `ce-${name}`);
  const data = body.length === 0 ? undefined : readData(body, type, "", faults);
  return [readCloudEvent({ attributes: Object.fromEntries(attributes), data, pathOf }, now, faults) ?? []].flat();
}

/** JSON and text are read; what else there may be, pictures say, is not looked into. */
function readData(bytes: Uint8Array, { essence }: MediaType, path: string, faults: Faults): unknown {
  if (JSON_TYPE.test(essence)) return readJson(bytes, path, faults);
  return essence.startsWith("text/") ? textOf(bytes) : undefined;
}

/** The path is empty for the body as a whole. */
function readJson(bytes: Uint8Array, path: string, faults: Faults): unknown {
  const text = textOf(bytes);
  const subject = path === "" ? "The body " : "";
  if (text === undefined) {
    faults.note(path, `${subject}is not UTF-8`);
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    faults.note(path, `${subject}is not JSON`);
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** As the HTTP binding of CloudEvents has it: a quoted string is taken out of its quotes, then percent-encoding is undone. */
function decodedHeader(value: string): string | undefined {
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  const plain = isQuoted ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
  try {
    return decodeURIComponent(plain);
  } catch {
    return undefined;
  }
}

function mediaTypeOf(header: string | readonly string[] | undefined): MediaType {
  const [essence = "", ...parameters] = String(header ?? "").split(";");
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i.exec(parameter)?.[1])
    .find(Boolean);
  return {
    essence: essence.trim().toLowerCase(),
    isUtf8: charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset),
  };
}

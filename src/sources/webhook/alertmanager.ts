// The payload of Alertmanager's webhook receiver, version 4: each alert of the group is a report.
// An alert is one thing from its start to its end, however often it is told: also "resolved" tells of its start.
import { createHash } from "node:crypto";
import { asObject, asWord, type JsonObject } from "../../cluster/json.ts";
import type { Instant } from "../../events/time.ts";
import type { Faults } from "./faults.ts";
import { messageIn, type Report, tagsOf, timeOf } from "./report.ts";
import { aboutLabels } from "./resource.ts";

const MESSAGES = ["description", "message", "summary"];
const NO_RIGHT_BODY =
  "The body must be a CloudEvent (as application/cloudevents+json) or the payload of an Alertmanager webhook";

export function readAlerts(body: unknown, now: Instant, faults: Faults): readonly Report[] {
  const payload = asObject(body);
  if (!payload || (!("alerts" in payload) && !("version" in payload))) {
    faults.note("", NO_RIGHT_BODY);
    return [];
  }
  if (payload.version !== "4") faults.note("version", 'must be "4", which Alertmanager writes since 0.6');
  const { alerts } = payload;
  if (!Array.isArray(alerts)) {
    faults.note("alerts", "must be a list of alerts");
    return [];
  }
  return alerts.flatMap((alert: unknown, index) => readAlert(alert, `alerts[${index}]`, now, faults) ?? []);
}

function readAlert(value: unknown, path: string, now: Instant, faults: Faults): Report | undefined {
  const alert = asObject(value);
  if (!alert) {
    faults.note(path, "must be an alert, with a status, labels and startsAt");
    return undefined;
  }
  if (alert.status !== "firing" && alert.status !== "resolved") {
    faults.note(`${path}.status`, 'must be "firing" or "resolved"');
  }
  const labels = readTexts(alert.labels, `${path}.labels`, faults);
  const annotations = alert.annotations == null ? {} : readTexts(alert.annotations, `${path}.annotations`, faults);
  const at = timeOf(alert.startsAt, `${path}.startsAt`, now, faults);
  if (alert.fingerprint != null && asWord(alert.fingerprint) === undefined) {
    faults.note(`${path}.fingerprint`, "must be a text, and not empty");
  }
  const { alertname: name, ...others } = labels;
  const type = asWord(name) ?? "";
  return {
    identity: ["Alert", asWord(alert.fingerprint) ?? fingerprintOf(labels), String(at)],
    type,
    at,
    message: messageIn(annotations, MESSAGES),
    ...aboutLabels(labels, type),
    tags: tagsOf(others),
  };
}

function readTexts(value: unknown, path: string, faults: Faults): JsonObject {
  const texts = asObject(value);
  if (!texts) faults.note(path, "must be an object of names and texts");
  for (const [name, text] of Object.entries(texts ?? {})) {
    if (typeof text !== "string") faults.note(`${path}.${name.slice(0, 100)}`, "must be a text");
  }
  return texts ?? {};
}

/** An Alertmanager before 0.17 writes none. It stands for the labels, so they do as well. */
function fingerprintOf(labels: JsonObject): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}

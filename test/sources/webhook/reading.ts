// Deliveries as tests write them, and what is read of them at a fixed moment.
import { type Delivery, readDelivery } from "../../../src/sources/webhook/delivery.ts";
import type { Report } from "../../../src/sources/webhook/report.ts";

export const NOW = Date.parse("2026-11-23T12:00:00Z");
export const STRUCTURED = "application/cloudevents+json";
export const BATCHED = "application/cloudevents-batch+json";

export function read(type: string | undefined, body: unknown, headers: Delivery["headers"] = {}) {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return readDelivery({ headers: { ...headers, "content-type": type }, body: bytes }, NOW);
}

/** Throws when it reads something else. */
export function reportsOf(...delivery: Parameters<typeof read>): readonly Report[] {
  const reading = read(...delivery);
  if (reading.kind !== "reports") throw new Error(`no reports: ${JSON.stringify(reading)}`);
  return reading.reports;
}

export function faultsOf(...delivery: Parameters<typeof read>): readonly string[] {
  const reading = read(...delivery);
  if (reading.kind !== "faults") throw new Error(`no faults: ${JSON.stringify(reading)}`);
  return reading.faults.list.map(({ message }) => message);
}

export const EVENT = {
  specversion: "1.0",
  type: "com.example.someevent",
  source: "/mycontext",
  id: "C234-1234-1234",
  time: "2018-04-05T17:31:00Z",
};

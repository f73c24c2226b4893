// Objects, lists, tables and refusals as bytes, and requests' bodies as objects.
// Promises the key order, escapes and headers of a real server: Go structs in field order, custom resources sorted,
// Content-Length up to 2 KiB and chunks above, gzip only when asked and over 128 KiB.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import { stringify } from "yaml";
import { objectMeta } from "../admission/builtinTypes.ts";
import { goJson, sorted } from "../admission/goJson.ts";
import { layout } from "../admission/goStruct.ts";
import type { KubeObject, KubeStatus } from "../kubeObject.ts";
import { type ApiResource, apiVersionOf } from "./resources.ts";
import { tooLarge } from "./statusError.ts";

const BODY_LIMIT = 3 * 1024 * 1024;
const GZIP_FROM = 128 * 1024;
const BUFFERED = 2048;

/** Metadata in the order of its Go type; maps inside are sorted. */
const orderedMeta = layout(objectMeta);

function pick(source: Readonly<Record<string, unknown>>, order: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const key of order) if (source[key] !== undefined && source[key] !== null) picked[key] = source[key];
  return picked;
}

/** A stored object in the form and key order of a resource. Items of a list of built-in types have no type of their own. */
export function shown(resource: ApiResource, stored: KubeObject, typed = true): unknown {
  const object = resource.show(stored);
  if (resource.custom) return sorted(object);
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  const type = typed ? { kind: resource.kind, apiVersion: apiVersionOf(resource) } : {};
  return { ...type, metadata: orderedMeta(metadata), ...rest };
}

export function partial(stored: KubeObject): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: orderedMeta(stored.metadata) };
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string | undefined;
  readonly remainingItemCount?: number | undefined;
}

/** A list; that of a custom resource is sorted like everything of it and always says `continue`. */
export function shownList(resource: ApiResource, metadata: ListMeta, items: readonly KubeObject[]): unknown {
  const apiVersion = apiVersionOf(resource);
  const kind = `${resource.kind}List`;
  const listed = items.map((item) => shown(resource, item, false));
  if (!resource.custom) return { kind, apiVersion, metadata: listMeta(metadata), items: listed };
  return { apiVersion, items: listed, kind, metadata: sorted({ continue: "", ...listMeta(metadata) }) };
}

export function listMeta(metadata: ListMeta): Record<string, unknown> {
  return pick({ ...metadata }, ["resourceVersion", "continue", "remainingItemCount"]);
}

/** What every answer carries. The two flow-control headers name the same schema and level throughout. */
export function commonHeaders(now: Date, isKnownCaller: boolean): Record<string, string> {
  return {
    "Audit-Id": randomUUID(),
    "Cache-Control": "no-cache, private",
    "Content-Type": "application/json",
    ...(isKnownCaller
      ? {
          "X-Kubernetes-Pf-Flowschema-Uid": "2b3d7f1e-6a0c-4f6e-9a5d-3c1b0e8f7a11",
          "X-Kubernetes-Pf-Prioritylevel-Uid": "7c9e4a52-1d3b-4e8f-8b60-5f2a9d0c6e33",
        }
      : {}),
    Date: now.toUTCString(),
  };
}

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

export interface Encoding {
  readonly yaml?: boolean;
}

/** The body of an object answer, with the newline that Go's encoder ends every value with. */
export function encoded(value: unknown, encoding: Encoding = {}): string {
  if (encoding.yaml) return stringify(JSON.parse(goJson(value)), { lineWidth: 0 });
  return `${goJson(value)}\n`;
}

export function statusBody(status: KubeStatus): string {
  // Only the refusal to negotiate a format is written for people to read.
  return status.code === 406 ? JSON.stringify(status, null, 2) : `${goJson(status)}\n`;
}

/** The bytes and final headers of an answer, compressed when the caller asked and it is worth it. */
export function packed(answer: Answer, request: IncomingMessage): { headers: Answer["headers"]; bytes: Buffer } {
  let bytes = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  const headers: Record<string, string | readonly string[]> = { ...answer.headers };
  const isJson = headers["Content-Type"] === "application/json";
  if (isJson && bytes.length > GZIP_FROM && acceptsGzip(request)) {
    bytes = gzipSync(bytes, { level: 1 });
    headers["Content-Encoding"] = "gzip";
    headers.Vary = "Accept-Encoding";
  }
  if (bytes.length <= BUFFERED) headers["Content-Length"] = String(bytes.length);
  else headers["Transfer-Encoding"] = "chunked";
  return { headers, bytes };
}

function acceptsGzip(request: IncomingMessage): boolean {
  const asked = request.headers["accept-encoding"];
  return typeof asked === "string" && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(asked);
}

/** The whole body of a request; over 3 MiB it is refused, but still read: who sends it would miss the refusal. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    length += part.length;
    if (length <= BODY_LIMIT) parts.push(part);
  }
  if (length > BODY_LIMIT) throw tooLarge(BODY_LIMIT);
  return Buffer.concat(parts);
}

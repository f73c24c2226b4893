// A server brought to the state a recording was made in, and the recorded request made to it.
// Promises the recorded revision, uids and clock, so that answers can be compared byte for byte, tokens included.
import { randomUUID } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import type { KubeObject, ResourceName } from "../../../src/demo/kubeObject.ts";
import { ADMIN_TOKEN, type Rule, type User } from "../../../src/demo/server/access.ts";
import { RESOURCES } from "../../../src/demo/server/resources.ts";
import { type ApiServer, startApiServer } from "../../../src/demo/server/server.ts";
import { Storage } from "../../../src/demo/server/storage.ts";
import { ask, linesOf, type Recording, type Response, recording } from "./recording.ts";
import { WireWatch } from "./wireWatch.ts";

export interface Comparison {
  /** Compare what the JSON says, not how it is ordered. */
  readonly anyOrder?: boolean;
  /** Headers that may differ, with the reason in the test. */
  readonly headersAside?: readonly string[];
  /** Applied to both bodies. */
  readonly alike?: (body: string) => string;
  /** In place of the recorded token. */
  readonly token?: string;
}

export const EVENT_TTL_MS = 24 * 3_600_000;

/** The headers that say something; the others differ from run to run. */
const COMPARED = [
  "cache-control",
  "content-encoding",
  "content-length",
  "content-type",
  "retry-after",
  "transfer-encoding",
  "vary",
  "warning",
  "www-authenticate",
  "x-content-type-options",
];
const PRESENT = ["audit-id", "date", "x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid"];

/** Stands for the token in recordings, which is masked there. */
export const READER_TOKEN = "<masked-jwt>";
export const READER: User = {
  username: "system:serviceaccount:shop:reader",
  uid: "72812e53-ca9f-4d72-a491-d979d9661599",
  groups: ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
  extra: { "authentication.kubernetes.io/credential-id": ["JTI=e9d6deac-c90e-43d1-b861-dca0aafc7044"] },
};
export const READER_MAY_READ_EVENTS: Rule = {
  users: [READER.username],
  verbs: ["get", "list", "watch"],
  apiGroups: ["events.k8s.io", ""],
  resources: ["events"],
  namespaces: ["shop"],
  reason: 'RBAC: allowed by RoleBinding "read-events/shop" of Role "read-events" to ServiceAccount "reader/shop"',
};

const WEAK = (name: string): User => ({ username: name, uid: `uid-${name}`, groups: ["weak", "system:authenticated"] });

export class Replay implements AsyncDisposable {
  readonly storage: Storage;
  server: ApiServer;
  private clock = new Date("2026-11-23T08:01:20Z");
  /** How far into the recorded second it is. */
  millisecond = 0;
  private readonly uids: string[] = [];
  private readonly stop = new AbortController();

  private constructor() {
    this.storage = new Storage({
      now: () => this.clock,
      eventTtlMs: EVENT_TTL_MS,
      uid: () => this.uids.shift() ?? randomUUID(),
    });
    // Set by start() before anybody sees the instance.
    this.server = undefined as unknown as ApiServer;
  }

  static async start(): Promise<Replay> {
    const replay = new Replay();
    replay.storage.create("namespaces", {
      kind: "Namespace",
      apiVersion: "v1",
      metadata: { name: "default" },
      spec: {},
      status: { phase: "Active" },
    });
    replay.server = await startApiServer({
      storage: replay.storage,
      signal: replay.stop.signal,
      now: () => replay.clock,
      bootstrap: false,
      terminationMs: 300,
    });
    const { access } = replay.server;
    // As the recorded server had it.
    access.withoutToken = undefined;
    const { tokens } = access;
    for (const name of ["weak-a", "weak-b"]) tokens.set(`${name}-token-realk8s`, { user: WEAK(name) });
    return replay;
  }

  /** The recorded request, compared with the recorded answer. */
  async expectSame(prefix: string, comparison: Comparison = {}): Promise<void> {
    const recorded = recording(prefix);
    const actual = await this.answerTo(recorded, comparison.token);
    const alike = comparison.alike ?? ((body: string) => body);
    const plain = (response: Response) => (response.headers["content-encoding"] ? unzipped : text)(response.body);
    const [got, wanted] = [alike(plain(actual)), alike(plain(recorded.response))];
    const [gotHead, wantedHead] = [headText(actual, comparison), headText(recorded.response, comparison)];
    expect(gotHead, recorded.name).toBe(wantedHead);
    if (comparison.anyOrder) expect(JSON.parse(got), recorded.name).toEqual(JSON.parse(wanted));
    else expect(recorded.isCut ? got.slice(0, wanted.length) : got, recorded.name).toBe(wanted);
  }

  /** The answer to the recorded request, in the recorded second, at the recorded revision. */
  async answerTo(recorded: Recording, token?: string): Promise<Response> {
    this.align(recorded);
    return ask(this.server.url, {
      method: recorded.method,
      path: recorded.path,
      headers: this.headersFor(recorded, token),
      body: recorded.requestBody,
    });
  }

  headersFor(recorded: Recording, token?: string): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const [name, value] of recorded.requestHeaders) {
      if (["host", "content-length"].includes(name.toLowerCase())) continue;
      headers[name] = value;
    }
    const named = /^Bearer <(.*)>$/.exec(headers.Authorization ?? "")?.[1];
    if (named !== undefined) headers.Authorization = `Bearer ${token ?? tokenFor(named)}`;
    if (recorded.requestBody !== "") headers["Content-Length"] = String(Buffer.byteLength(recorded.requestBody));
    return headers;
  }

  /** Makes the second, the next revision and the next uid those of the recording. */
  align(recorded: Recording): void {
    this.at(recorded.date);
    if (recorded.response.code >= 300 || recorded.isCut) return;
    const body = parsed(text(recorded.response.body));
    const { name, generateName, uid, resourceVersion } = body?.metadata ?? {};
    if (resourceVersion === undefined) {
      // A dry run makes up a uid as well.
      if (uid !== undefined) this.uids.push(uid);
      return;
    }
    const isWrite =
      ["POST", "PUT", "PATCH"].includes(recorded.method) || body?.metadata.deletionTimestamp !== undefined;
    const isOnPage = recorded.path.includes("continue=") || recorded.path.includes("Match=Exact");
    if (!isOnPage) this.catchUp(Number(resourceVersion) - (isWrite && body?.items === undefined ? 1 : 0));
    if (recorded.response.code === 201 && uid !== undefined) {
      // The storage makes up a name from the end of a uid.
      if (generateName !== undefined) this.uids.push(name?.slice(generateName.length) ?? "");
      this.uids.push(uid);
    }
  }

  /** Opens the recorded watch, which goes on until it is disposed of. */
  open(prefix: string): WireWatch {
    const recorded = recording(prefix);
    this.at(recorded.date);
    const bookmark = linesOf(recorded).find((line) => line.includes("initial-events-end"));
    if (bookmark !== undefined) this.catchUp(Number(JSON.parse(bookmark).object.metadata.resourceVersion));
    return new WireWatch(this.server.url, recorded.path, this.headersFor(recorded), recorded.method);
  }

  /** The head and every recorded line; a watch that ended in the recording must end here, one that did not must not. */
  async expectSameWatch(prefix: string, watch: WireWatch = this.open(prefix)): Promise<void> {
    using open = watch;
    const recorded = recording(prefix);
    const wanted = linesOf(recorded);
    await open.until(() => open.lines.length >= wanted.length && open.status !== undefined, 8000);
    expect(open.status, recorded.name).toBe(recorded.response.code);
    expect(open.head.toLowerCase(), recorded.name).toContain("transfer-encoding: chunked");
    expect(open.head.toLowerCase(), recorded.name).toContain("content-type: application/json\r\n");
    expect(recorded.isCut ? open.lines.slice(0, wanted.length) : open.lines, recorded.name).toEqual(wanted);
  }

  /** Writes to the storage what an unfiltered recorded watch saw written, all in one go. */
  drive(resource: ResourceName, prefix: string): void {
    for (const line of linesOf(recording(prefix))) {
      const { type, object } = JSON.parse(line);
      if (type === "BOOKMARK") continue;
      const { namespace, name, resourceVersion } = object.metadata;
      this.catchUp(Number(resourceVersion) - 1);
      if (type === "DELETED") this.storage.delete(resource, namespace, name);
      else this.seed(resource, object);
    }
  }

  catchUp(revision: number): void {
    if (revision > this.storage.revision) this.storage.tick(revision - this.storage.revision);
  }

  at(instant: Date): void {
    this.clock = new Date(instant.getTime() + this.millisecond);
  }

  /** Keeps an object exactly as some recording shows it, under the revision it shows. */
  seed(resource: ResourceName, shown: KubeObject): void {
    const row = RESOURCES.find((candidate) => `${candidate.storage}` === resource && isVersion(candidate, shown));
    if (row === undefined) throw new Error(`no ${resource} of ${shown.apiVersion}`);
    const stored = row.keep(shown);
    this.catchUp(Number(shown.metadata.resourceVersion) - 1);
    const { namespace, name = "" } = shown.metadata;
    if (this.storage.get(resource, namespace, name) === undefined) this.storage.create(resource, stored);
    else {
      const { resourceVersion: _version, ...metadata } = stored.metadata;
      this.storage.replace(resource, { ...stored, metadata });
    }
  }

  /** Brings a namespace's Events to those of a recorded list: missing ones come, others go. */
  seedEvents(prefix: string, namespace: string): void {
    this.seedAll(recordedItems(prefix), namespace);
  }

  seedAll(wanted: readonly KubeObject[], namespace: string): void {
    const revision = (object: KubeObject) => Number(object.metadata.resourceVersion);
    for (const object of this.storage.list("events", namespace)) {
      const { name = "" } = object.metadata;
      if (!wanted.some((item) => item.metadata.name === name)) this.storage.delete("events", namespace, name);
    }
    for (const object of wanted.toSorted((first, second) => revision(first) - revision(second))) {
      const kept = this.storage.get("events", namespace, object.metadata.name ?? "");
      if (kept?.metadata.resourceVersion !== object.metadata.resourceVersion) this.seed("events", object);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}

/** The objects of a recorded list of Events, each with the type that list items do without. */
export function recordedItems(prefix: string): KubeObject[] {
  const { body, headers } = recording(prefix).response;
  const list = parsed(headers["content-encoding"] === undefined ? text(body) : unzipped(body));
  return (list?.items ?? []).map((item) => ({ ...item, kind: "Event", apiVersion: list?.apiVersion ?? "" }));
}

function isVersion(row: (typeof RESOURCES)[number], object: KubeObject): boolean {
  return object.apiVersion === (row.group === "" ? row.version : `${row.group}/${row.version}`);
}

function tokenFor(named: string): string {
  if (named === "admin") return ADMIN_TOKEN;
  return named === "token" ? READER_TOKEN : `${named}-token-realk8s`;
}

interface Shown extends KubeObject {
  readonly items?: readonly KubeObject[];
}

function parsed(body: string): Shown | undefined {
  return body.startsWith("{") ? JSON.parse(body) : undefined;
}

/** Some recordings end with a byte that is not of the answer: a newline, which gzip does not mind when told. */
function unzipped(body: Buffer): string {
  return gunzipSync(body).toString().trimEnd();
}

export function text(body: Buffer): string {
  return body.toString().trimEnd();
}

/** The status and the headers that say something, as lines. */
function headText({ code, headers }: Response, { headersAside = [] }: Comparison): string {
  const names = COMPARED.filter((name) => !headersAside.includes(name));
  const lines = names.flatMap((name) => (headers[name] ?? []).map((value) => `${name}: ${value}`));
  const present = PRESENT.filter((name) => headers[name] !== undefined).map((name) => `${name}: (some)`);
  return [`${code}`, ...lines, ...present].join("\n");
}

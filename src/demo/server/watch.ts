// One watch: what it replays, what it goes on to tell, its bookmarks and its end.
// Promises the lines a real server sends and no others. Knows nothing of HTTP: lines go to a sink.

import type { KubeObject, KubeStatus } from "../kubeObject.ts";
import type { Change } from "./changeLog.ts";
import { checkListOptions, watchRevisionOf } from "./list.ts";
import { type ApiResource, apiVersionOf } from "./resources.ts";
import { isTrue } from "./router.ts";
import type { Selector } from "./selectors.ts";
import { badRequest, expiredWatch } from "./statusError.ts";
import type { Storage } from "./storage.ts";

export type LineType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

/** Where the lines of a watch go. */
export interface WatchSink {
  /** An object in stored form, still to be shown in the form the caller asked for. */
  object(type: "ADDED" | "MODIFIED" | "DELETED", stored: KubeObject): void;
  /** A line whose object is written as it is. */
  plain(type: "BOOKMARK" | "ERROR", object: unknown): void;
  /** The clean end: no line says it. */
  end(): void;
}

export interface WatchRequest {
  readonly storage: Storage;
  readonly resource: ApiResource;
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  readonly accepts: Selector | undefined;
  /** How long a watch without timeoutSeconds lives, in milliseconds. */
  readonly lifetimeMs: number;
}

const SECOND = 1000;
const BOOKMARK_EVERY = 60 * SECOND;
/** A cached watch about to time out says twice where it stands, so that the next one can go on from there. */
const BOOKMARKS_BEFORE_END = [2.1 * SECOND, SECOND];
const INITIAL_EVENTS_END = { "k8s.io/initial-events-end": "true" };

/** Throws for options that no watch can have. */
export function checkWatch(query: URLSearchParams): void {
  checkListOptions(query, true);
  timeoutOf(query);
  watchRevisionOf(query);
}

/** Every line goes to the sink until the returned function is called or the watch ends itself. */
export function watch(request: WatchRequest, sink: WatchSink): () => void {
  const { storage, resource, namespace, query, accepts } = request;
  const timeoutMs = timeoutOf(query) ?? request.lifetimeMs;
  const asked = watchRevisionOf(query);
  const wantsBookmarks = isTrue(query, "allowWatchBookmarks");
  const wantsState = query.has("sendInitialEvents") ? isTrue(query, "sendInitialEvents") : asked === 0;

  const timers = new Set<NodeJS.Timeout>();
  let unsubscribe = () => {};
  let isOver = false;
  const stop = () => {
    isOver = true;
    unsubscribe();
    for (const timer of timers) clearTimeout(timer);
  };
  const after = (delay: number, act: () => void) => {
    // setTimeout takes 31 bits; nothing here waits longer than a day.
    timers.add(setTimeout(act, Math.min(delay, 86_400 * SECOND)));
  };

  const tell = (change: Change) => {
    // A watch from the future keeps silent until the future is reached.
    if (isOver || change.revision <= asked) return;
    const line = lineOf(change, namespace, accepts);
    if (line !== undefined) sink.object(line.type, line.object);
  };

  if (wantsState) {
    // Objects are read as of now, so what follows are the changes after now.
    for (const object of storage.page(resource.storage, { namespace, accepts }).items) sink.object("ADDED", object);
    if (wantsBookmarks) sink.plain("BOOKMARK", bookmark(resource, storage.revision, INITIAL_EVENTS_END));
  } else {
    const from = asked === 0 ? storage.revision : asked;
    const missed = storage.changesSince(resource.storage, from);
    if (missed === undefined) {
      sink.plain("ERROR", expired(storage, resource, asked));
      sink.end();
      return stop;
    }
    for (const change of missed) tell(change);
  }

  unsubscribe = storage.subscribe(resource.storage, tell);
  after(timeoutMs, () => {
    stop();
    sink.end();
  });
  if (wantsBookmarks && resource.cached) {
    const mark = () => {
      if (storage.revision >= asked) sink.plain("BOOKMARK", bookmark(resource, storage.revision));
    };
    const periodic = () => {
      mark();
      after(BOOKMARK_EVERY, periodic);
    };
    after(BOOKMARK_EVERY, periodic);
    for (const before of BOOKMARKS_BEFORE_END) if (timeoutMs > before) after(timeoutMs - before, mark);
  }
  return stop;
}

/** What a write is to a watch with a selector: something may enter or leave what is selected without being created or deleted. */
function lineOf(
  change: Change,
  namespace: string | undefined,
  accepts: Selector | undefined,
): { type: "ADDED" | "MODIFIED" | "DELETED"; object: KubeObject } | undefined {
  const { type, object, previous } = change;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return undefined;
  const isSelected = type !== "DELETED" && (accepts?.(object) ?? true);
  const wasSelected = previous !== undefined && (accepts?.(previous) ?? true);
  if (isSelected) return { type: wasSelected ? "MODIFIED" : "ADDED", object };
  if (!wasSelected || previous === undefined) return undefined;
  // The last state that was selected, under the resourceVersion of the write that ended it.
  const metadata = { ...previous.metadata, ...pickVersion(object) };
  return { type: "DELETED", object: { ...previous, metadata } };
}

function pickVersion(object: KubeObject): { resourceVersion?: string } {
  const { resourceVersion } = object.metadata;
  return resourceVersion === undefined ? {} : { resourceVersion };
}

function bookmark(resource: ApiResource, revision: number, annotations?: Readonly<Record<string, string>>): unknown {
  const apiVersion = apiVersionOf(resource);
  const resourceVersion = String(revision);
  const noted = annotations === undefined ? {} : { annotations };
  if (resource.custom) return { apiVersion, kind: resource.kind, metadata: { ...noted, resourceVersion } };
  return { kind: resource.kind, apiVersion, metadata: { resourceVersion, ...noted }, ...resource.empty };
}

function expired(storage: Storage, resource: ApiResource, asked: number): KubeStatus {
  return expiredWatch(asked, storage.compactedRevision(resource.storage), resource.cached);
}

function timeoutOf(query: URLSearchParams): number | undefined {
  const text = query.get("timeoutSeconds");
  if (text === null || text === "") return undefined;
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const seconds = Number(text);
  return seconds > 0 ? seconds * SECOND : undefined;
}

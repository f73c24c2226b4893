// One watch: from the request to its end, line by line. An ERROR line is thrown as the error it tells of.
// It ends by itself (clean), by the caller's signal, or as a ClusterError; never by hanging.
import type { Millis } from "../events/duration.ts";
import type { Clock } from "./clock.ts";
import { ClusterError, errorOfStatus } from "./clusterError.ts";
import type { Connection } from "./connection.ts";
import { asObject, asText, asWord, type JsonObject } from "./json.ts";
import { Lines, LineTooLong } from "./lines.ts";
import { watchdog } from "./watchdog.ts";

export const CHANGE_TYPES = ["ADDED", "MODIFIED", "DELETED"] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];

export interface WatchLine {
  /** A BOOKMARK's object holds nothing but its resource version. */
  readonly type: ChangeType | "BOOKMARK";
  readonly object: JsonObject;
  /** undefined when the object has none. */
  readonly resourceVersion: string | undefined;
}

export interface WatchOptions {
  readonly connection: Connection;
  readonly path: string;
  readonly resourceVersion: string;
  /** When the server is to end the watch by itself. */
  readonly timeoutSeconds: number;
  /** How long after that it may be silent before it counts as dead. */
  readonly grace: Millis;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface WatchListener {
  /** The server has taken the watch. */
  opened(): void;
  /** Bytes came; they need not make a line. */
  heard(): void;
  /** Awaited before the next line is read. */
  line(line: WatchLine): Promise<void>;
}

/** Resolves when the server has ended the watch cleanly. */
export async function watchOnce(options: WatchOptions, listener: WatchListener): Promise<void> {
  const { connection, path, resourceVersion, timeoutSeconds, grace, clock, signal } = options;
  const silence = new AbortController();
  const query = { watch: "1", resourceVersion, timeoutSeconds: String(timeoutSeconds), allowWatchBookmarks: "true" };
  const body = await connection.stream(path, query, AbortSignal.any([signal, silence.signal]));
  listener.opened();

  const endsAt = clock.now() + timeoutSeconds * 1000;
  let heardAt = clock.now();
  const dueAt = () => Math.max(endsAt, heardAt) + grace;
  const dog = watchdog(clock, dueAt, () => silence.abort(new ClusterError("silent", "the watch fell silent")));
  const lines = new Lines();
  try {
    for await (const chunk of body) {
      heardAt = clock.now();
      listener.heard();
      for (const line of lines.push(chunk)) await listener.line(readWatchLine(line));
    }
  } catch (error) {
    throw error instanceof LineTooLong ? new ClusterError("garbled", `the watch sent ${error.message}`) : error;
  } finally {
    dog.stop();
  }
  if (lines.unfinished > 0) throw new ClusterError("garbled", "the watch ended in the middle of a line");
}

/** Throws a ClusterError for an ERROR line, and for what is no line of a watch. */
export function readWatchLine(text: string): WatchLine {
  let parsed: JsonObject | undefined;
  try {
    parsed = asObject(JSON.parse(text));
  } catch {
    parsed = undefined; // junk is junk, whether or not it is JSON
  }
  const object = asObject(parsed?.object);
  const type = asText(parsed?.type);
  if (object && type === "ERROR") throw errorOfStatus(object);
  if (!object || !isLineType(type)) throw new ClusterError("garbled", `not a line of a watch: ${text.slice(0, 100)}`);
  return { type, object, resourceVersion: asWord(asObject(object.metadata)?.resourceVersion) };
}

function isLineType(type: string | undefined): type is WatchLine["type"] {
  return type === "ADDED" || type === "MODIFIED" || type === "DELETED" || type === "BOOKMARK";
}

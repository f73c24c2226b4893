// What a connection can be asked that only events hold, in a form that can be sent between threads.
// The same on the main thread, which asks only what is answered at once, and on the reading thread, which may take its time.
import type { EventId } from "../events/event.ts";
import { Connection } from "./connection.ts";
import { dispatchesOf } from "./dispatchJoin.ts";
import { EventPages } from "./eventPages.ts";
import type { ReadRequest } from "./messages.ts";
import { bucketsOf, byHook, byNamespace, byType, trends } from "./statistics.ts";
import { count, widthsOf } from "./tallies.ts";

/** Trends of up to this many buckets are read on the main thread, when the sums hold them. */
const QUICK_BUCKETS = 100;

export class Reading {
  readonly connection: Connection;
  readonly pages: EventPages;

  constructor(path: string, how: "by seeks" | "by scans") {
    this.connection = Connection.forReading(path, how);
    this.pages = new EventPages(this.connection);
  }

  /** Throws a RangeError for what no store answers. */
  answer(request: ReadRequest): unknown {
    if (request.kind === "events") return this.pages.page(request.query);
    if (request.kind === "count") return count(this.connection, request.filter);
    return this.connection.snapshot(() => this.#inSnapshot(request));
  }

  /** Whether answering takes a few ms at most, whatever the size of the store. */
  isQuick(request: ReadRequest): boolean {
    switch (request.kind) {
      case "events":
        return false; // EventPages.glance finds out by trying
      case "count":
      case "byType":
        return widthsOf(request.filter, {}).length > 0;
      case "byNamespace":
      case "byHook":
      case "lowestSince":
        return false;
      case "trends":
        return (
          widthsOf(request.filter, {}).some((width) => request.interval % width === 0) &&
          bucketsOf(request.range, request.interval).count <= QUICK_BUCKETS
        );
      case "dispatchesOf":
        return true;
    }
  }

  close(): void {
    this.connection.close();
  }

  #inSnapshot(request: Exclude<ReadRequest, { kind: "events" | "count" }>): unknown {
    switch (request.kind) {
      case "byType":
        return byType(this.connection, request.filter);
      case "byNamespace":
        return byNamespace(this.connection, request.filter);
      case "byHook":
        return byHook(this.connection, request.filter);
      case "trends":
        return trends(this.connection, request.filter, request.range, request.interval);
      case "dispatchesOf":
        return dispatchesOf(this.connection, request.ids satisfies readonly EventId[]);
      case "lowestSince":
        return this.connection.get<[number | null]>("SELECT min(n) FROM events WHERE timestamp >= ?", request.at)?.[0];
    }
  }
}

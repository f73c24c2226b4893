// The calls a server has seen, for tests and for `--demo` diagnostics.
// Promises the latest ones in order of arrival and no more than a fixed number of them.
import type { RequestFacts } from "./faultRule.ts";

export interface RecordedRequest extends RequestFacts {
  readonly at: Date;
  /** Undefined while it is being answered, and for good when it never was. */
  code: number | undefined;
  /** Whether the connection is still in use for it. */
  isOpen: boolean;
}

export class RequestLog implements Iterable<RecordedRequest> {
  private readonly limit: number;
  private recorded: RecordedRequest[] = [];
  /** How many there have been, recorded or not. */
  total = 0;

  constructor(limit = 1000) {
    this.limit = limit;
  }

  record(facts: RequestFacts, at: Date): RecordedRequest {
    const request = { ...facts, at, code: undefined, isOpen: true };
    this.total += 1;
    this.recorded.push(request);
    if (this.recorded.length > this.limit * 2) this.recorded = this.recorded.slice(-this.limit);
    return request;
  }

  [Symbol.iterator](): Iterator<RecordedRequest> {
    return this.recorded.slice(-this.limit)[Symbol.iterator]();
  }
}

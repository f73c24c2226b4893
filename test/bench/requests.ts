// What is asked of the servers, and what a right answer to it looks like.
// Each kind makes requests from a seed; those that are to differ do so in every request of every round.
import { MEMBER_TOKEN, VIEWER_TOKEN } from "./callers.ts";
import { END, NAMESPACES, SPAN, START } from "./dataset.ts";
import { below, pick, type Random } from "./random.ts";

export interface BenchRequest {
  /** The whole HTTP/1.1 request. */
  readonly text: string;
  readonly status: number;
  /** What is wrong with the answer's body; undefined when nothing is. */
  readonly fault: (body: string) => string | undefined;
}

export interface RequestOptions {
  /** Events in the store. */
  readonly rows: number;
  /** Of a repeated request that is to be answered 304. */
  readonly etag?: string | undefined;
  /** Whether the answers are checked against what the rows must give; while more come in, only their form is. */
  readonly growing?: boolean | undefined;
}

export type RequestMaker = (random: Random, options: RequestOptions) => BenchRequest;

const PAGE = 50;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIXED: Range = { namespace: "checkout", start: END - 40 * HOUR - 1234, end: END - 1111 };

interface Range {
  readonly namespace: string;
  readonly start: number;
  readonly end: number;
}

export const LIST_OPERATION = `query Events($filter: EventFilter!, $first: Int!) {
  events(filter: $filter, first: $first) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id cursor eventType status severity namespace
      resource { apiVersion kind name namespace uid }
      reason message source tags { key value } count occurrences
      timestamp firstSeen lastSeen resolvedAt duplicateOf
      hooks { namespace name } cluster
    }
  }
}`;

export const REQUESTS = {
  /** 50 of the events of one namespace and time range, newest first, with their total. */
  list: (random, options) => listRequest(someRange(random, options.rows)),
  listByViewer: (random, options) => withToken(listRequest(someRange(random, options.rows)), VIEWER_TOKEN),
  listByMember: (random, options) => withToken(listRequest(someRange(random, options.rows)), MEMBER_TOKEN),
  listRepeated: (_random, options) => listRequest(wideEnough(options.rows)),
  listNotModified: (_random, options) => listRequest(wideEnough(options.rows), options.etag),
  graphql: (random, options) => graphqlRequest(someRange(random, options.rows)),
  graphqlRepeated: (_random, options) => graphqlRequest(wideEnough(options.rows)),
  /** Counts by status and type of all events of about thirty days. */
  summary: (random) => {
    const { start, end } = aboutAll(random);
    return get(`/api/v1/stats/events/summary?${times(start, end)}`, 200, summaryFault);
  },
  /** Thirty days in buckets of a day. */
  trends: (random) => {
    const { start, end } = aboutAll(random);
    return get(`/api/v1/stats/trends?${times(start, end)}&interval=1d`, 200, trendsFault);
  },
  /** A day in buckets of an hour, anywhere: its ends lie inside of an hour, and there the rows are denser the more there are. */
  trendsOfDay: (random) => {
    const start = START + below(random, SPAN - 2 * DAY) + DAY; // the stretch before it has events as well
    return get(`/api/v1/stats/trends?${times(start, start + DAY)}&interval=1h`, 200, trendsOfDayFault);
  },
  firing: (random) => {
    const start = START - below(random, 1_000_000_000);
    return get(`/api/v1/events?status=firing&startTime=${iso(start)}&limit=${PAGE}`, 200, firingFault);
  },
  /** A page that begins anywhere in the older nine tenths of all events, by its cursor. */
  deep: (random) => {
    const at = START + HOUR + below(random, SPAN * 0.9);
    const place = [1, at, `${below(random, 0xffff_ffff).toString(16)}.1`]; // events/page.ts: TIMESTAMP_DESC
    const cursor = Buffer.from(JSON.stringify(place)).toString("base64url");
    return get(`/api/v1/events?cursor=${cursor}&limit=${PAGE}`, 200, (body) => deepFault(body, at));
  },
} satisfies Readonly<Record<string, RequestMaker>>;

export type RequestKind = keyof typeof REQUESTS;

/** Ranges that hold some hundreds to thousands of events whatever the number of rows: with more rows they are shorter. */
function someRange(random: Random, rows: number): Range {
  const density = Math.min(10, 1_000_000 / rows);
  const length = Math.floor((6 + 42 * random()) * HOUR * density);
  const start = START + below(random, SPAN - length);
  return { namespace: pick(random, NAMESPACES), start, end: start + length };
}

function wideEnough(rows: number): Range {
  const density = Math.min(10, 1_000_000 / rows);
  return { ...FIXED, start: END - Math.floor((END - FIXED.start) * density) };
}

function aboutAll(random: Random): { readonly start: number; readonly end: number } {
  return { start: START + below(random, HOUR), end: END - below(random, HOUR) };
}

function listRequest(range: Range, etag?: string): BenchRequest {
  const path = `/api/v1/events/${range.namespace}?${times(range.start, range.end)}&limit=${PAGE}`;
  return etag === undefined
    ? get(path, 200, (body) => listFault(body, range))
    : get(path, 304, (body) => (body === "" ? undefined : "a 304 with a body"), `If-None-Match: ${etag}\r\n`);
}

function graphqlRequest(range: Range): BenchRequest {
  const filter = { namespaces: [range.namespace], startTime: iso(range.start), endTime: iso(range.end) };
  const body = JSON.stringify({ query: LIST_OPERATION, variables: { filter, first: PAGE } });
  const head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nContent-Type: application/json\r\n`;
  return {
    text: `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    status: 200,
    fault: (answer) => graphqlFault(answer, range),
  };
}

function get(path: string, status: number, fault: BenchRequest["fault"], headers = ""): BenchRequest {
  return {
    text: `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n${headers}\r\n`,
    status,
    fault,
  };
}

function withToken(request: BenchRequest, token: string): BenchRequest {
  return { ...request, text: request.text.replace("\r\n", `\r\nAuthorization: Bearer ${token}\r\n`) };
}

function times(start: number, end: number): string {
  return `startTime=${iso(start)}&endTime=${iso(end)}`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

interface ListedEvent {
  readonly id: string;
  readonly namespace: string;
  readonly timestamp: string;
  readonly message: string;
  readonly status: string;
  readonly hooks: readonly unknown[];
}

interface ListAnswer {
  readonly events: readonly ListedEvent[];
  readonly pagination: { readonly total: number; readonly hasMore: boolean; readonly nextCursor: string | null };
}

function listFault(body: string, range: Range): string | undefined {
  const { events, pagination } = JSON.parse(body) as ListAnswer; // a fault is found below, or throws
  return pageFault(events, pagination.total, pagination.hasMore, range);
}

function graphqlFault(body: string, range: Range): string | undefined {
  const { data, errors } = JSON.parse(body) as {
    readonly data?: {
      readonly events: {
        readonly nodes: readonly ListedEvent[];
        readonly totalCount: number;
        readonly pageInfo: { readonly hasNextPage: boolean };
      };
    };
    readonly errors?: unknown;
  };
  if (!data) return `no data: ${JSON.stringify(errors)}`;
  return pageFault(data.events.nodes, data.events.totalCount, data.events.pageInfo.hasNextPage, range);
}

function pageFault(events: readonly ListedEvent[], total: number, hasMore: boolean, range: Range): string | undefined {
  if (events.length !== Math.min(PAGE, total)) return `${events.length} events of ${total}`;
  if (hasMore !== total > PAGE) return `hasMore is ${hasMore} of ${total}`;
  let before = range.end - 1;
  for (const event of events) {
    const at = Date.parse(event.timestamp);
    if (event.namespace !== range.namespace) return `an event of namespace ${event.namespace}`;
    if (!(at >= range.start && at <= before)) return `an event of ${event.timestamp} out of range or order`;
    if (event.message.length < 20 || !Array.isArray(event.hooks)) return `an event without content: ${event.id}`;
    before = at;
  }
  return undefined;
}

function summaryFault(body: string): string | undefined {
  const { summary, byType } = JSON.parse(body) as {
    readonly summary: { totalEvents: number; activeEvents: number; duplicateEvents: number; resolvedEvents: number };
    readonly byType: Readonly<Record<string, { count: number }>>;
  };
  const byTypes = Object.values(byType).reduce((sum, { count }) => sum + count, 0);
  const byStatus = summary.activeEvents + summary.duplicateEvents + summary.resolvedEvents;
  return summary.totalEvents > 1000 && byTypes === summary.totalEvents && byStatus === summary.totalEvents
    ? undefined
    : `counts that do not add up: ${body.slice(0, 300)}`;
}

function trendsFault(body: string): string | undefined {
  const { buckets } = JSON.parse(body) as { readonly buckets: readonly { readonly total: number }[] };
  return buckets.length >= 29 && buckets.length <= 31 && buckets.every(({ total }) => total > 100)
    ? undefined
    : `trends of ${buckets.length} buckets: ${body.slice(0, 300)}`;
}

function trendsOfDayFault(body: string): string | undefined {
  const { buckets, previous } = JSON.parse(body) as {
    readonly buckets: readonly { readonly total: number }[];
    readonly previous: { readonly total: number };
  };
  const right = buckets.length >= 24 && buckets.length <= 25 && buckets.slice(1, -1).every(({ total }) => total > 0);
  return right && previous.total > 0 ? undefined : `trends of ${buckets.length} buckets: ${body.slice(0, 300)}`;
}

function firingFault(body: string): string | undefined {
  const { events, pagination } = JSON.parse(body) as ListAnswer;
  const right = events.length === Math.min(PAGE, pagination.total) && events.every(({ status }) => status === "firing");
  return right && pagination.total > 0 ? undefined : `firing: ${body.slice(0, 300)}`;
}

function deepFault(body: string, at: number): string | undefined {
  const { events, pagination } = JSON.parse(body) as ListAnswer;
  if (!pagination.hasMore && events.length === 0) return "an empty deep page";
  const first = Date.parse(events[0]?.timestamp ?? "");
  return events.length > 0 && first <= at ? undefined : `a deep page that begins at ${events[0]?.timestamp}`;
}

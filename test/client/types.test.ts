// The types of the client: what operations take and give, and what is an error to write. They hold when `npm run check` passes.
// Each `@ts-expect-error` is an error of the compiler when there is none, so these can fail.
import { expectTypeOf, test } from "vitest";
import {
  type ChangeStream,
  createGateway,
  type EventFragment,
  type EventSeverity,
  type EventSort,
  type EventStatus,
  type GapCause,
  type GatewayError,
  getHook,
  getTrends,
  listEvents,
  listHookEvents,
  type StreamEventsChange,
  streamEvents,
  validateHook,
} from "../../src/client/client.ts";
import type { ErrorCode } from "../../src/graph/errors.ts";

const gateway = createGateway({ url: "http://127.0.0.1:1" });

test("types can fail", () => {
  // @ts-expect-error it is a string
  expectTypeOf<EventFragment["id"]>().toEqualTypeOf<number>();
  // @ts-expect-error it may be null
  expectTypeOf<EventFragment["resolvedAt"]>().toEqualTypeOf<string>();
});

test("what an operation gives is exact: nulls, enums as unions of texts, times and durations as texts, lists that are only read", () => {
  expectTypeOf<Awaited<ReturnType<typeof listEvents>>>().toEqualTypeOf<{
    readonly events: {
      readonly totalCount: number;
      readonly events: readonly EventFragment[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  }>();
  expectTypeOf<EventFragment>().toEqualTypeOf<{
    readonly id: string;
    readonly cursor: string;
    readonly eventType: string;
    readonly status: "FIRING" | "DUPLICATE" | "RESOLVED";
    readonly severity: "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";
    readonly namespace: string;
    readonly named: { readonly resourceName: string };
    readonly resource: {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly namespace: string | null;
      readonly uid: string | null;
    };
    readonly reason: string;
    readonly message: string;
    readonly source: string;
    readonly tags: readonly { readonly key: string; readonly value: string }[];
    readonly count: number;
    readonly occurrences: number;
    readonly timestamp: string;
    readonly firstSeen: string;
    readonly lastSeen: string;
    readonly resolvedAt: string | null;
    readonly duplicateOf: string | null;
    readonly hooks: readonly { readonly namespace: string; readonly name: string }[];
    readonly cluster: string;
  }>();
  expectTypeOf<Awaited<ReturnType<typeof getHook>>["hook"]>().extract<null>().toEqualTypeOf<null>();
  expectTypeOf<Awaited<ReturnType<typeof listHookEvents>>["hook"]>().extract<null>().toEqualTypeOf<null>();
  expectTypeOf<EventStatus>().toEqualTypeOf<"FIRING" | "DUPLICATE" | "RESOLVED">();
});

test("what an operation takes is exact", () => {
  type Variables = NonNullable<Parameters<typeof listEvents>[1]>;
  expectTypeOf<Variables["namespace"]>().toEqualTypeOf<readonly string[] | string | null | undefined>();
  expectTypeOf<Variables["severity"]>().toEqualTypeOf<readonly EventSeverity[] | EventSeverity | null | undefined>();
  expectTypeOf<Variables["startTime"]>().toEqualTypeOf<string | null | undefined>();
  expectTypeOf<Variables>().toHaveProperty("limit");
  expectTypeOf<Required<Variables>["limit"]>().toEqualTypeOf<number>();
  expectTypeOf<Required<Variables>["sort"]>().toEqualTypeOf<EventSort>();
  expectTypeOf(getHook).parameter(1).toEqualTypeOf<{ namespace: string; name: string }>();
  expectTypeOf(validateHook).parameter(1).toEqualTypeOf<{ manifest: string; dryRun?: boolean }>();
});

test("what is wrong is an error to write", () => {
  const neverAsked = () => [
    listEvents(gateway),
    listEvents(gateway, { namespace: ["shop"], status: "FIRING", sort: "RESOURCE_NAME_DESC" }),
    // @ts-expect-error a variable that there is not
    listEvents(gateway, { namespaces: ["shop"] }),
    // @ts-expect-error a value that there is not
    listEvents(gateway, { status: "firing" }),
    // @ts-expect-error a number as a text
    listEvents(gateway, { limit: "5" }),
    // @ts-expect-error null where the default would be meant
    listEvents(gateway, { limit: null }),
    // @ts-expect-error a variable is missing
    getHook(gateway, { namespace: "shop" }),
    // @ts-expect-error all of them are missing
    validateHook(gateway),
    // @ts-expect-error a time that is no text
    getTrends(gateway, { startTime: new Date() }),
    // @ts-expect-error a place that is no text
    streamEvents(gateway, { lastEventId: 5 }),
    // @ts-expect-error an option that there is not
    streamEvents(gateway, {}, { retries: 3 }),
    // @ts-expect-error a gateway is made first
    listEvents({ url: "http://127.0.0.1:1" }),
  ];
  expectTypeOf(neverAsked).toBeFunction();
});

test("a change of a stream is told apart by its type", () => {
  expectTypeOf(streamEvents).returns.toEqualTypeOf<ChangeStream<StreamEventsChange>>();
  const told = (change: StreamEventsChange): string => {
    expectTypeOf(change.type).toEqualTypeOf<"ADDED" | "MODIFIED" | "GAP">();
    expectTypeOf(change.cursor).toEqualTypeOf<string>();
    if (change.type === "GAP") {
      expectTypeOf(change.gap.cause).toEqualTypeOf<GapCause>();
      expectTypeOf(change.event).toEqualTypeOf<null>();
      return change.gap.reason;
    }
    expectTypeOf(change.event).toEqualTypeOf<EventFragment>();
    // @ts-expect-error there is no gap of an event
    return change.gap.reason;
  };
  expectTypeOf(told).toBeFunction();
});

test("codes of errors are those of the gateway's table, and the two of the client's own", () => {
  expectTypeOf<GatewayError["code"]>().toEqualTypeOf<ErrorCode | "UNREACHABLE" | "UNREADABLE">();
});

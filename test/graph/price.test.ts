// What operations of our own cost: what is counted for a caller's, for every size of page, however often it is asked.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "graphql";
import { expect, test } from "vitest";
import { REST_ROUTES } from "../../src/generated/restRoutes.ts";
import { costOf } from "../../src/graph/limits.ts";
import { priceOf, WEIGHED } from "../../src/graph/price.ts";
import { executor } from "./harness.ts";

const NAMED = { namespace: "shop", name: "a", eventType: "oom-kill", manifest: "", timeRange: "1h" };

const GRAPH = fileURLToPath(new URL("../../src/graph", import.meta.url));

test("every route costs what is counted for its operation, whatever was asked before", () => {
  const { schema } = executor();
  for (const { body, name } of REST_ROUTES) {
    const document = parse(body);
    const price = priceOf(schema, document, undefined);
    for (const [first, offset] of [
      [1, 0],
      [1_000, 7],
      [50, 9],
      [1_000, 0],
      [1, 5],
    ]) {
      const variables = { ...NAMED, first, offset };
      expect([name, price(variables)]).toEqual([name, costOf(schema, document, undefined, variables)]);
    }
  }
});

test("what is left out by a condition costs nothing", () => {
  const { schema } = executor();
  const document = parse(
    "query ($with: Boolean!) { events(first: 10) { totalCount nodes @include(if: $with) { id } } }",
  );
  const price = priceOf(schema, document, undefined);
  const [without, full] = [price({ with: false }), price({ with: true })];
  expect(full).toBeGreaterThan(without ?? Number.NaN);
  expect([price({ with: false }), price({ with: true })]).toEqual([without, full]);
});

test("variables that are not what the operation takes cost nothing that could be told, and are not remembered", () => {
  const { schema } = executor();
  const price = priceOf(schema, parse("query ($first: Int!) { events(first: $first) { nodes { id } } }"), undefined);
  expect(price({ first: "many" })).toBeUndefined();
  expect(price({ first: 10 })).toBeGreaterThan(10);
});

test("every argument that a cost is made of tells one price from another", () => {
  const sources = readdirSync(GRAPH).map((name) => readFileSync(join(GRAPH, name), "utf8"));
  const weighed = sources.flatMap((source) =>
    [...source.matchAll(/complexity: \(\{ args, childComplexity \}\) =>([^\n]*)/g)].flatMap(([, rule = ""]) =>
      [...rule.matchAll(/args\.(\w+)/g)].map(([, name = ""]) => name),
    ),
  );
  expect(new Set(weighed)).toEqual(WEIGHED);
});

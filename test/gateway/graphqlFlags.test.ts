// The flags that say what callers of GraphQL are let do, given to a whole gateway.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { codesOf, WAYS } from "../http/graphqlWays.ts";
import { Stage } from "./gateway.ts";

const MANIFEST = JSON.parse(readFileSync(new URL("../../schema/persisted-queries.json", import.meta.url), "utf8")) as {
  readonly operations: readonly { readonly id: string; readonly name: string }[];
}; // Apollo's format
const SCHEMA = "{ __schema { queryType { name } } }";
const PAGE = { headers: { Accept: "text/html" } };

test("--graphql-mode, --graphql-introspection and --graphql-playground hold over every way to /graphql", async () => {
  const stage = await Stage.set();
  const open = await stage.gateway();
  const shy = await stage.gateway({ flags: ["--graphql-introspection=false", "--graphql-playground=false"] });
  const persisted = await stage.gateway({ flags: ["--graphql-mode", "persisted"] });
  const health = MANIFEST.operations.find(({ name }) => name === "GetHealth");
  for (const { ask } of WAYS) {
    expect((await ask(open.url, { query: SCHEMA })).data).toEqual({ __schema: { queryType: { name: "Query" } } });
    expect(codesOf(await ask(shy.url, { query: SCHEMA }))).toEqual(["INTROSPECTION_DISABLED"]);
    expect(codesOf(await ask(persisted.url, { query: SCHEMA }))).toEqual(["PERSISTED_QUERY_ONLY"]);
    expect((await ask(shy.url, { query: "{ health { status } }" })).data).toMatchObject({ health: {} });
    expect((await ask(persisted.url, { documentId: health?.id })).data).toMatchObject({ health: {} });
  }
  const pages = await Promise.all([open, shy, persisted].map(({ url }) => fetch(`${url}/graphql`, PAGE)));
  expect(pages.map(({ status }) => status)).toEqual([200, 406, 403]);
  expect(pages.map(({ headers }) => headers.get("content-type")?.split(";")[0])).toEqual([
    "text/html",
    "application/json",
    "application/json",
  ]);
});

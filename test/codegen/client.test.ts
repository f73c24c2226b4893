// The client's generator: an operation becomes a function from its file alone, and what cannot be one stops it by name.
import { buildSchema, parse } from "graphql";
import { expect, test } from "vitest";
import { plugin } from "../../src/http/restCodegen/clientPlugin.ts";
import { REST_DIRECTIVES } from "../../src/http/restCodegen/directives.ts";

const schema = buildSchema(`
  scalar DateTime
  enum Ripeness { GREEN VERY_RIPE }
  type Fruit { name: String! ripeness: Ripeness! picked: DateTime }
  type Change { type: Ripeness! cursor: String! event: Fruit gap: Fruit place: String! }
  type Query { fruits(names: [String!], ripeness: Ripeness, first: Int!): [Fruit!]! }
  type Subscription { changes(after: String, since: String): Change! }
  ${REST_DIRECTIVES}
`);

function generated(source: string): Promise<string> {
  return plugin(schema, [{ document: parse(source) }], { artifact: "operations" });
}

const QUERY = `
  "List fruits. All of \`them\`."
  query ListFruits($names: [String!], $ripeness: Ripeness! = GREEN, $limit: Int! @example(value: 5))
  @rest(method: GET, path: "/fruits", tag: "Fruits") {
    fruits(names: $names, ripeness: $ripeness, first: $limit) { name @example(value: "fig") ripeness picked }
  }
`;

const STREAM = (id: string, takes: string) => `
  "Stream fruits. As they ripen."
  subscription StreamFruits($behind: String, $from: String) @rest(method: GET, path: "/stream", tag: "Fruits", produces: STREAM) {
    changes(${takes}) @lift { type event { name } gap @message(name: "gap") { name } ${id} @messageId }
  }
`;

test("a query is a function that sends what was persisted, with the types of what it takes and gives", async () => {
  const text = await generated(QUERY);
  expect(text).toContain(
    "/** List fruits. All of `them`. */\nexport function listFruits(gateway: Gateway, variables: ",
  );
  expect(text).toContain(
    "names?: ReadonlyArray<string> | string | null | undefined;\n  ripeness?: Ripeness;\n  limit: number;",
  );
  expect(text).toContain(
    "readonly fruits: ReadonlyArray<{ readonly name: string, readonly ripeness: Ripeness, readonly picked: string | null }>",
  );
  expect(text).toMatch(/export type Ripeness =\n {2}\| 'GREEN'\n {2}\| 'VERY_RIPE';/);
  expect(text).not.toContain("@");
});

test("variables may be left out just when none is needed", async () => {
  expect(await generated(QUERY)).toContain("variables: ListFruitsQueryVariables, options");
  const optional = QUERY.replace("$limit: Int!", "$limit: Int! = 5");
  expect(await generated(optional)).toContain("variables: ListFruitsQueryVariables = {}, options");
});

test("a subscription is a stream that knows by which variables it goes on", async () => {
  const text = await generated(STREAM("cursor", "after: $behind, since: $from"));
  expect(text).toContain('export type StreamFruitsChange = Change<StreamFruitsSubscription["changes"]>;');
  expect(text).toContain('field: "changes", resumes: "behind", begins: "from"');
});

test.each([
  ["its message's id is no cursor", STREAM("place", "after: $behind, since: $from")],
  ["it takes no place to go on from", STREAM("cursor", "since: $from")],
])("a subscription is refused by name when %s", async (_, source) => {
  await expect(generated(source)).rejects.toThrow("StreamFruits: a stream of the client is");
});

test("a scalar whose type nobody has told is refused by name", async () => {
  const weighed = buildSchema(`scalar Weight type Query { weight: Weight } ${REST_DIRECTIVES}`);
  const document = parse('"Weigh. It." query Weigh @rest(method: GET, path: "/weight", tag: "Fruits") { weight }');
  await expect(plugin(weighed, [{ document }], { artifact: "operations" })).rejects.toThrow("Weight");
});

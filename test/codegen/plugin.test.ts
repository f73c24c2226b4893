// The generator: what is committed is what the sources say, a route comes from its file alone, and faults stop it by name.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSchema, type GraphQLSchema, parse, print, printSchema, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { buildGatewaySchema } from "../../src/graph/schema.ts";
import { type ClientArtifact, plugin as clientPlugin } from "../../src/http/restCodegen/clientPlugin.ts";
import { REST_DIRECTIVES } from "../../src/http/restCodegen/directives.ts";
import { OPENAPI_OPTIONS } from "../../src/http/restCodegen/openapiOptions.ts";
import { plugin, type RestArtifact } from "../../src/http/restCodegen/plugin.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OPERATIONS = `${ROOT}/schema/operations`;

const gatewaySchema = buildGatewaySchema();
const operationFiles = readdirSync(OPERATIONS).sort();
const documents = operationFiles.map((file) => ({ document: parse(readFileSync(`${OPERATIONS}/${file}`, "utf8")) }));

describe("what is committed is what is generated", () => {
  test.each<[string, RestArtifact]>([
    ["src/generated/restRoutes.ts", { artifact: "routes" }],
    ["schema/persisted-queries.json", { artifact: "manifest" }],
    ["schema/openapi.json", { artifact: "openapi", ...OPENAPI_OPTIONS }],
  ])("%s", (file, artifact) => {
    const withDirectives = buildSchema(printSchema(gatewaySchema) + REST_DIRECTIVES);
    const isCurrent = readFileSync(`${ROOT}/${file}`, "utf8") === plugin(withDirectives, documents, artifact);
    expect(isCurrent, `${file} is out of date: npm run codegen`).toBe(true);
  });

  test.each<[string, ClientArtifact]>([
    ["src/generated/operations.ts", { artifact: "operations" }],
    ["src/generated/errorCodes.ts", { artifact: "errorCodes" }],
  ])("%s", async (file, artifact) => {
    const withDirectives = buildSchema(printSchema(gatewaySchema) + REST_DIRECTIVES);
    const isCurrent =
      readFileSync(`${ROOT}/${file}`, "utf8") === (await clientPlugin(withDirectives, documents, artifact));
    expect(isCurrent, `${file} is out of date: npm run codegen`).toBe(true);
  });

  test("schema/schema.graphql", () => {
    const isCurrent =
      readFileSync(`${ROOT}/schema/schema.graphql`, "utf8").trim() === printSchema(gatewaySchema).trim();
    expect(isCurrent, "schema/schema.graphql is out of date: npm run codegen").toBe(true);
  });
});

describe("the manifest of persisted queries", () => {
  const manifest = JSON.parse(readFileSync(`${ROOT}/schema/persisted-queries.json`, "utf8"));

  test("is Apollo's, with every operation once", () => {
    expect(manifest).toMatchObject({ format: "apollo-persisted-query-manifest", version: 1 });
    const names = manifest.operations.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(operationFiles.filter((file) => /^[A-Z]/.test(file)).map((file) => file.split(".")[0]));
  });

  test("names each operation by the SHA-256 of its body, and any GraphQL server of this schema runs it", () => {
    for (const { id, name, type, body } of manifest.operations) {
      expect(id).toBe(createHash("sha256").update(body).digest("hex"));
      expect(["query", "subscription"]).toContain(type);
      expect(body).toMatch(new RegExp(`^${type} ${name}\\b`));
      expect(validate(gatewaySchema, parse(body))).toEqual([]);
    }
  });
});

test("what chooses events is a parameter in one file, and in another only where it stands in the path", () => {
  const declared = new Map<string, string[]>();
  for (const [index, file] of operationFiles.entries()) {
    for (const node of documents[index]?.document.definitions ?? []) {
      if (node.kind !== "OperationDefinition") continue;
      const path = node.directives?.find(({ name }) => name.value === "rest");
      const inPath = path ? print(path) : "";
      for (const { variable } of node.variableDefinitions ?? []) {
        const name = variable.name.value;
        if (!inPath.includes(`{${name}}`)) declared.set(name, [...(declared.get(name) ?? []), file]);
      }
    }
  }
  const choosing = "startTime endTime eventType status severity source resourceName resourceKind reason text sort";
  for (const name of choosing.split(" ")) {
    expect([name, declared.get(name)]).toEqual([name, ["parameters.graphql"]]);
  }
});

const schema = buildSchema(`
  scalar Weight
  enum Ripeness { GREEN VERY_RIPE }
  enum FruitSort { NAME NAME_DESC }
  "A fruit."
  type Fruit { "Its name." name: String! "How ripe." ripeness: Ripeness! "Its parts." parts: [Part!]! "Its weight." weight: Weight "Its tree." tree: Tree! }
  "A part." type Part { "Its key." key: String! "Its size." size: Int! }
  "A tree." type Tree { "Its name." name: String! }
  input FruitFilter { "Only these." names: [String!] "Of a tree." tree: String "From here." from: Weight "To here." to: Weight }
  type Query {
    fruits(filter: FruitFilter, "How to sort." sort: FruitSort! = NAME, first: Int, "Only of this tree." tree: String): [Fruit!]!
    fruit(name: String!): Fruit
  }
  ${REST_DIRECTIVES}
`);

const options = {
  ...OPENAPI_OPTIONS,
  tags: { Fruits: "Fruits." },
  scalars: { Weight: { type: "string", examples: ["1kg"] } },
};

function routesOf(source: string, against: GraphQLSchema = schema) {
  const text = plugin(against, [{ document: parse(source) }], { artifact: "routes" });
  const table = text.slice(text.indexOf("export const REST_ROUTES = ")).replace("export const REST_ROUTES = ", "");
  const constants = [...text.matchAll(/^const (\w+) = (.*) as const;$/gm)];
  const names = constants.map(([, name]) => name ?? "");
  const body = `${constants.map(([, name, value]) => `const ${name} = ${value};`).join("\n")} return ${table.replace(" as const;", ";")}`;
  return { names, routes: new Function(body)() };
}

function openapiOf(source: string) {
  return JSON.parse(plugin(schema, [{ document: parse(source) }], { artifact: "openapi", ...options }));
}

const LIST = `
  "List fruits. All of them."
  query ListFruits($name: [String!] @example(value: ["fig"]), $sort: FruitSort! = NAME_DESC, $limit: Int! = 5 @range(min: 1, max: 9))
    @rest(method: GET, path: "/fruits", tag: "Fruits") {
    fruits(filter: { names: $name }, sort: $sort, first: $limit) {
      name @example(value: "fig") @echo(variable: "limit", at: "page.limit")
      ripe: ripeness
      parts @map(key: "key") { key @example(value: "skin") size @example(value: 2) }
      tree @lift { treeName: name @at(path: "tree.is.called") @example(value: "oak") }
    }
  }
`;

describe("a route comes from its file alone", () => {
  test("parameters are the variables, spelled as REST spells them", () => {
    const [route] = routesOf(LIST).routes;
    expect(route.parameters).toMatchObject([
      { name: "name", in: "query", list: true, required: false, type: "String", default: null },
      { name: "sort", values: { name: "NAME", "-name": "NAME_DESC" }, default: "NAME_DESC" },
      { name: "limit", type: "Int", min: 1, max: 9, default: 5 },
    ]);
    expect(route.argumentNames).toEqual({ "filter.names": "name", sort: "sort", first: "limit" });
  });

  test("the persisted body knows nothing of REST", () => {
    const [{ body }] = routesOf(LIST).routes;
    expect(body).not.toMatch(/@|List fruits/);
    expect(validate(schema, parse(body))).toEqual([]);
  });

  test("the OpenAPI document describes it from the schema", () => {
    const { get } = openapiOf(LIST).paths["/fruits"];
    expect(get).toMatchObject({ operationId: "listFruits", summary: "List fruits" });
    expect(get.parameters[0]).toMatchObject({ name: "name", description: expect.stringContaining("Only these.") });
    expect(get.parameters[1]).toMatchObject({ description: "How to sort.", schema: { default: "-name" } });
    expect(get.parameters[2].schema).toMatchObject({ minimum: 1, maximum: 9, default: 5 });
    const content = get.responses["200"].content["application/json"];
    expect(content.example).toEqual({
      fruits: [
        {
          name: "fig",
          page: { limit: 5 },
          ripe: "green",
          parts: { skin: { size: 2 } },
          tree: { is: { called: "oak" } },
        },
      ],
    });
    expect(content.schema.properties.fruits.items.properties.ripe).toEqual({
      $ref: "#/components/schemas/Ripeness",
      description: "How ripe.",
    });
  });

  test("a fragment that is a whole selection is a component, and null is said", () => {
    const document = openapiOf(`
      "Get a fruit."
      query GetFruit($name: String! @example(value: "fig")) @rest(method: GET, path: "/fruits/{name}", tag: "Fruits") {
        fruit(name: $name) @lift { ...Fruit }
      }
      "One fruit."
      fragment Fruit on Fruit { name @example(value: "fig") weight }
    `);
    expect(document.paths["/fruits/{name}"].get.responses["200"].content["application/json"].schema).toEqual({
      $ref: "#/components/schemas/Fruit",
    });
    expect(document.components.schemas.Fruit).toMatchObject({
      description: "One fruit.",
      required: ["name", "weight"],
      properties: { weight: { anyOf: [{ $ref: "#/components/schemas/Weight" }, { type: "null" }] } },
    });
    expect(document.paths["/fruits/{name}"].get.responses["404"]).toBeDefined();
  });

  test("a field that tells when a thing went away is asked for, and is no part of the answer", () => {
    const source = `
      "Get a fruit."
      query GetFruit($name: String! @example(value: "fig")) @rest(method: GET, path: "/fruits/{name}", tag: "Fruits") {
        fruit(name: $name) @lift { name @example(value: "fig") weight @gone }
      }
    `;
    const [route] = routesOf(source).routes;
    expect(route.gone).toEqual(["fruit", "weight"]);
    expect(route.answer.fields.map(({ name }: { readonly name: string }) => name)).toEqual(["name"]);
    expect(route.body).toContain("weight");
    expect(routesOf(LIST).routes[0].gone).toBeNull();
  });

  test("an operation without a route is persisted all the same", () => {
    const source = "query Quiet { fruits { name } }";
    expect(routesOf(source).routes).toEqual([]);
    const manifest = JSON.parse(plugin(schema, [{ document: parse(source) }], { artifact: "manifest" }));
    expect(manifest.operations).toMatchObject([{ name: "Quiet", type: "query" }]);
  });
});

describe("arguments that several operations take", () => {
  const SHARED = `
    "Which fruits."
    query FruitArguments(
      $name: [String!] @example(value: ["fig"])
      $tree: String @example(value: "oak")
      $from: Weight
      $to: Weight
    ) @shared @ordered(from: "from", to: "to") {
      fruits(filter: { names: $name, tree: $tree, from: $from, to: $to }) { name }
    }
    query FruitPage("Most of them." $limit: Int! = 5 @range(min: 1, max: 9)) @shared { fruits(first: $limit) { name } }
  `;
  const NAME = '$name: [String!] @example(value: ["fig"])';
  const TREE = '$tree: String @example(value: "oak")';
  const LIMIT = '"Most of them." $limit: Int! = 5 @range(min: 1, max: 9)';
  const FIELDS = '{ name @example(value: "fig") }';
  const rest = (path: string) => `@rest(method: GET, path: "${path}", tag: "Fruits")`;

  test.each([
    [
      "all of them, from two places, before variables of its own",
      `query Q($sort: FruitSort! = NAME) ${rest("/fruits")} {
        fruits(sort: $sort) @takes(argumentsOf: "FruitArguments") @takes(argumentsOf: "FruitPage") ${FIELDS} }`,
      `query Q(${NAME}, ${TREE}, $from: Weight, $to: Weight, ${LIMIT}, $sort: FruitSort! = NAME) ${rest("/fruits")} @ordered(from: "from", to: "to") {
        fruits(sort: $sort, filter: { names: $name, tree: $tree, from: $from, to: $to }, first: $limit) ${FIELDS} }`,
    ],
    [
      "an entry that it gives itself stays, in its place",
      `query Q($name: String! @example(value: "fig")) ${rest("/fruits/{name}")} {
        fruits(filter: { names: [$name] }) @takes(argumentsOf: "FruitArguments") ${FIELDS} }`,
      `query Q($name: String! @example(value: "fig"), ${TREE}, $from: Weight, $to: Weight) ${rest("/fruits/{name}")} @ordered(from: "from", to: "to") {
        fruits(filter: { names: [$name], tree: $tree, from: $from, to: $to }) ${FIELDS} }`,
    ],
    [
      "what has a variable of its own is left out",
      `query Q($name: String! @example(value: "fig")) ${rest("/fruits/{name}")} {
        fruit(name: $name) { name @example(value: "fig") }
        fruits @takes(argumentsOf: "FruitArguments") ${FIELDS} }`,
      `query Q($name: String! @example(value: "fig"), ${TREE}, $from: Weight, $to: Weight) ${rest("/fruits/{name}")} @ordered(from: "from", to: "to") {
        fruit(name: $name) { name @example(value: "fig") }
        fruits(filter: { tree: $tree, from: $from, to: $to }) ${FIELDS} }`,
    ],
    [
      "an entry can stand beside its object",
      `query Q ${rest("/fruits")} { fruits @takes(argumentsOf: "FruitArguments", beside: ["tree"]) ${FIELDS} }`,
      `query Q(${NAME}, ${TREE}, $from: Weight, $to: Weight) ${rest("/fruits")} @ordered(from: "from", to: "to") {
        fruits(tree: $tree, filter: { names: $name, from: $from, to: $to }) ${FIELDS} }`,
    ],
  ])("%s: what is generated is that of the operation written out", (_what, taking, writtenOut) => {
    const [sharing, single] = [`${SHARED} "Get them." ${taking}`, `"Get them." ${writtenOut}`];
    for (const artifact of ["manifest", "routes"] as const) {
      const [taken, expected] = [sharing, single].map((source) =>
        plugin(schema, [{ document: parse(source) }], { artifact }),
      );
      expect(taken).toBe(expected);
    }
    expect(openapiOf(sharing)).toEqual(openapiOf(single));
    expect(validate(schema, parse(routesOf(sharing).routes[0].body))).toEqual([]);
  });

  test.each([
    ['fruits @takes(argumentsOf: "Nobody") { name }', "Bad: takes arguments of Nobody, which is no @shared operation"],
    [
      'fruits @takes(argumentsOf: "FruitArguments", beside: ["leaf"]) { name }',
      "Bad: FruitArguments has no entry leaf",
    ],
    [
      '...F } fragment F on Query { fruits @takes(argumentsOf: "FruitPage") { name }',
      "fruits: a field of a fragment cannot take arguments",
    ],
  ])("%s stops the generation", (selection, fault) => {
    expect(() => routesOf(`${SHARED} "Get." query Bad ${rest("/bad")} { ${selection} }`)).toThrow(fault);
  });
});

describe("a fault in an operation file stops the generation and names the operation", () => {
  const head = '"Get it." query Bad';
  test.each([
    [`${head} @rest(method: GET, path: "/{x}", tag: "T") { fruits { name } }`, "Bad: the path names {x}"],
    [`query Bad @rest(method: GET, path: "/", tag: "T") { fruits { name } }`, "Bad: has no description"],
    [
      `${head}($name: [String!]!) @rest(method: GET, path: "/{name}", tag: "T") { fruits(filter: {names: $name}) { name } }`,
      "Bad: $name is a list and cannot stand in the path",
    ],
    [
      `${head}($filter: FruitFilter) @rest(method: GET, path: "/", tag: "T") { fruits(filter: $filter) { name } }`,
      "Bad: $filter is neither one value nor a list of values",
    ],
    [
      `${head} @rest(method: GET, path: "/", tag: "T") @ordered(from: "a", to: "b") { fruits { name } }`,
      "Bad: a rule names $a",
    ],
    [
      `${head} @rest(method: GET, path: "/", tag: "T") { fruits { name other: ripeness @at(path: "name") } }`,
      "Bad: name is a place taken twice",
    ],
    [
      `${head} @rest(method: GET, path: "/", tag: "T") { fruits { name other: ripeness @at(path: "name.first") } }`,
      "Bad: name.first cannot stand below name",
    ],
    [
      `${head} @rest(method: GET, path: "/", tag: "T") { fruits { parts @map(key: "name") { key size } } }`,
      "Bad: parts has no key name",
    ],
    [
      `${head} @rest(method: GET, path: "/", tag: "T") { fruits { name @echo(variable: "x", at: "x") } }`,
      "Bad: x echoes $x, which is no variable",
    ],
    [
      `${head} @rest(method: GET, path: "/", tag: "T", produces: YAML) { fruits { name } }`,
      "Bad: @document and produces: YAML belong together",
    ],
    [
      `${head} @rest(method: GET, path: "/", tag: "T") { fruits { ...F } fruit(name: "x") { name } } fragment F on Fruit @ready { name }`,
      "Bad: Fruit is selected by its @ready fragment in one place",
    ],
    ['query @rest(method: GET, path: "/", tag: "T") { fruits { name } }', "without a name"],
  ])("%#: %s", (source, fault) => {
    expect(() => routesOf(source)).toThrow(fault);
  });

  test("two routes of one path that produce the same", () => {
    const twice = [1, 2].map(
      (n) =>
        `"Get." query Bad${n} @rest(method: GET, path: "/", tag: "Fruits") { fruits { name @example(value: "x") } }`,
    );
    expect(() => openapiOf(twice.join("\n"))).toThrow("a path has two routes that produce the same");
  });

  test("a text without an example, a group without a description", () => {
    const route = (tag: string) => `"Get." query Bad @rest(method: GET, path: "/", tag: "${tag}") { fruits { name } }`;
    expect(() => openapiOf(route("Fruits"))).toThrow("a String needs an @example");
    expect(() => openapiOf(route("Nuts").replace("name }", 'name @example(value: "x") }'))).toThrow("the tag Nuts");
  });
});

describe("a route that takes a body", () => {
  const body = (variable: string, method = "POST") => `
    "Check a fruit. By its name."
    query CheckFruit("The fruit." ${variable}, $name: String! @example(value: "fig"))
      @rest(method: ${method}, path: "/fruits/check", tag: "Fruits") {
      fruits(tree: $text) { name @example(value: "fig") }
      fruit(name: $name) @lift { ripeness }
    }
  `;
  const TAKEN = '$text: String! @body(media: [YAML, JSON], maxBytes: 1024, json: { a: 1 }) @example(value: "a: 1")';

  test("says so in its route: the variable is no parameter, and the answer is not kept", () => {
    const [route] = routesOf(body(TAKEN)).routes;
    expect(route).toMatchObject({
      method: "POST",
      takes: { variable: "text", media: ["application/yaml", "application/json"], maxBytes: 1024 },
      isFresh: true,
    });
    expect(route.parameters.map(({ name }: { name: string }) => name)).toEqual(["name"]);
    expect(route.body).not.toContain("@body");
  });

  test("is a post in the document, with an example for each type", () => {
    const { post, get } = openapiOf(body(TAKEN)).paths["/fruits/check"];
    expect(get).toBeUndefined();
    expect(post.requestBody).toEqual({
      required: true,
      description: "The fruit. At most 1 KiB of UTF-8.",
      content: {
        "application/yaml": { schema: { type: "string" }, example: "a: 1" },
        "application/json": { schema: { type: "object" }, example: { a: 1 } },
      },
    });
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(["405", "413", "415"]));
  });

  test.each([
    [body(TAKEN, "GET"), "method: POST and a variable with @body belong together"],
    [body('$text: String! @example(value: "a")'), "method: POST and a variable with @body belong together"],
    [body("$text: String @body(media: [YAML], maxBytes: 1024)"), "$text is a @body and must be String!"],
  ])("stops the generation when it is half of one: %#", (source, fault) => {
    expect(() => routesOf(source)).toThrow(fault);
  });
});

// What is generated from the GraphQL schema and the persisted operations, and where it goes: `npm run codegen`.
// All of it is committed; `npm run check` and a test fail when it is not what the sources say.
import type { CodegenConfig } from "@graphql-codegen/cli";
import { printSchema } from "graphql";
import { runnerImport } from "vite";
import type { ClientArtifact } from "./src/http/restCodegen/clientPlugin.ts";
import { REST_DIRECTIVES } from "./src/http/restCodegen/directives.ts";
import { OPENAPI_OPTIONS } from "./src/http/restCodegen/openapiOptions.ts";
import type { RestArtifact } from "./src/http/restCodegen/plugin.ts";

const ROOM = "./src/http/restCodegen";

function rest(config: RestArtifact): CodegenConfig["generates"][string] {
  return fromOperations({ [`${ROOM}/plugin.ts`]: config });
}

function client(config: ClientArtifact): CodegenConfig["generates"][string] {
  return fromOperations({ [`${ROOM}/clientPlugin.ts`]: config });
}

function fromOperations(plugin: Readonly<Record<string, object>>): CodegenConfig["generates"][string] {
  return { schema: REST_DIRECTIVES, documents: "schema/operations/*.graphql", plugins: [plugin] };
}

// The schema is made by decorated classes. Vite compiles them as it does for the tests, so no build has to come first.
const { module } = await runnerImport<typeof import("./src/graph/schema.ts")>("/src/graph/schema.ts", {
  configFile: false,
  logLevel: "error",
});

const config: CodegenConfig = {
  schema: printSchema(module.buildGatewaySchema()),
  // A field that @takes what it requires has it only in what is generated, and a test validates that.
  config: { sort: false, skipDocumentsValidation: { ignoreRules: ["ProvidedRequiredArguments"] } },
  generates: {
    "schema/schema.graphql": { plugins: ["schema-ast"] },
    "schema/persisted-queries.json": rest({ artifact: "manifest" }),
    "schema/openapi.json": rest({ artifact: "openapi", ...OPENAPI_OPTIONS }),
    "src/generated/restRoutes.ts": rest({ artifact: "routes" }),
    "src/generated/operations.ts": client({ artifact: "operations" }),
    "src/generated/errorCodes.ts": client({ artifact: "errorCodes" }),
    "README.md": { plugins: ["./src/readme.ts"] },
    "helm/khook-gateway/README.md": { plugins: ["./src/chartReadme.ts"] },
  },
};

export default config;

// The graphql-codegen plugin: from the persisted operations to one of the files that are generated from them.
// Pure: equal schema, documents and configuration give equal text, which is what the drift check lives by.
import { concatAST, type DocumentNode, type GraphQLSchema } from "graphql";
import { type OpenapiOptions, openapiDocument } from "./openapi.ts";
import { readPersistedOperations, readRoutes } from "./routeModel.ts";
import { routeTable } from "./routeTable.ts";
import { withSharedArguments } from "./sharedArguments.ts";

/** Which file is written. */
export type RestArtifact =
  | { readonly artifact: "routes" }
  | { readonly artifact: "manifest" }
  | ({ readonly artifact: "openapi" } & OpenapiOptions);

interface LoadedDocument {
  readonly document?: DocumentNode;
}

export function plugin(schema: GraphQLSchema, documents: readonly LoadedDocument[], config: RestArtifact): string {
  const document = withSharedArguments(concatAST(documents.flatMap((loaded) => loaded.document ?? [])));
  switch (config.artifact) {
    case "routes":
      return routeTable(readRoutes(schema, document));
    case "manifest":
      return json({
        format: "apollo-persisted-query-manifest",
        version: 1,
        operations: readPersistedOperations(document).map(({ id, name, type, body }) => ({ id, name, type, body })),
      });
    case "openapi":
      return json(openapiDocument(readRoutes(schema, document), config));
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

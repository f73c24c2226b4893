// For gateways that do not show their schema: a document may not ask for it. `__typename` tells nothing of what was not asked.
import type { ASTVisitor, ValidationContext } from "graphql";
import { codedError } from "./errors.ts";

const INTROSPECTION: ReadonlySet<string> = new Set(["__schema", "__type"]);

/** A rule for graphql's validate. */
export function noIntrospection(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      const { value: name } = node.name;
      if (!INTROSPECTION.has(name)) return undefined;
      const message = `Introspection is switched off here, so there is no ${name}: the schema is schema/schema.graphql.`;
      context.reportError(codedError("INTROSPECTION_DISABLED", message, { nodes: node }));
      return false;
    },
  };
}

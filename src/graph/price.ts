// The cost of an operation, told at once: counted for each size of its pages, and remembered.
// Other variables change nothing about it, so that asking for one page after another is not counting anew.
import { type DocumentNode, type GraphQLSchema, Kind, visit } from "graphql";
import { LRUCache } from "lru-cache";
import { costOf } from "./limits.ts";
import type { CostWith } from "./operation.ts";

/** What the fields' own complexity is made of; a field that weighs another argument has to name it here. */
export const WEIGHED: ReadonlySet<string> = new Set(["first", "dryRun"]);
const SIZES = 100;

export function priceOf(schema: GraphQLSchema, document: DocumentNode, operationName: string | undefined): CostWith {
  const names = weighedVariables(document);
  const prices = new LRUCache<string, number>({ max: SIZES });
  return (variables) => {
    let key = "";
    for (const name of names) key += `${String(variables[name])} `;
    const known = prices.get(key);
    if (known !== undefined) return known;
    const price = costOf(schema, document, operationName, variables);
    if (price !== undefined) prices.set(key, price);
    return price;
  };
}

/** The variables that say how large a page is, and those that say what is selected. */
function weighedVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    [Kind.ARGUMENT]({ name, value }, _key, _parent, _path, ancestors) {
      const holder = ancestors.at(-1);
      const isOfDirective = holder !== undefined && "kind" in holder && holder.kind === Kind.DIRECTIVE;
      if (value.kind === Kind.VARIABLE && (WEIGHED.has(name.value) || isOfDirective)) names.add(value.name.value);
    },
  });
  return [...names];
}

// Which variable stands behind an argument or input field: the way back from a fault that GraphQL found to its parameter.
import type { SelectionSetNode, ValueNode } from "graphql";

/** Variable names by path, `filter.startTime`; of two fields with the same argument the outer one counts. */
export function argumentNames(selections: SelectionSetNode): Readonly<Record<string, string>> {
  const names = new Map<string, string>();
  collect(selections);
  return Object.fromEntries(names);

  function collect(set: SelectionSetNode): void {
    const nested: SelectionSetNode[] = [];
    for (const selection of set.selections) {
      if (selection.kind === "FragmentSpread") continue; // fragments are shared and take no variables
      if (selection.kind === "Field")
        for (const given of selection.arguments ?? []) note(given.name.value, given.value);
      if (selection.selectionSet) nested.push(selection.selectionSet);
    }
    nested.forEach(collect);
  }

  function note(path: string, value: ValueNode): void {
    if (value.kind === "Variable" && !names.has(path)) names.set(path, value.name.value);
    if (value.kind === "ObjectValue")
      for (const field of value.fields) note(`${path}.${field.name.value}`, field.value);
    if (value.kind === "ListValue") for (const [index, item] of value.values.entries()) note(`${path}.${index}`, item);
  }
}

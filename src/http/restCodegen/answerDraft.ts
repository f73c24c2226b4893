// An object of an answer while it is being put together: fields are placed in it, also below objects that it makes for them.
// No place is taken twice, and what is a component stays as it is.
import type { FieldSource } from "../restRoute.ts";
import type { FieldModel, ObjectModel } from "./answerModel.ts";

type Entry = { readonly made: ObjectDraft } | { readonly field: FieldModel };

export class ObjectDraft {
  readonly #entries = new Map<string, Entry>();

  /** `at` is a path below this object: `pagination.total`. What is wrong with the place; undefined when nothing is. */
  place(at: string, field: Omit<FieldModel, "name">): string | undefined {
    const [name = "", ...further] = at.split(".");
    const taken = this.#entries.get(name);
    if (further.length === 0) {
      if (taken) return "is a place taken twice";
      this.#entries.set(name, { field: { ...field, name } });
      return undefined;
    }
    const made = taken ? madeOf(taken) : new ObjectDraft();
    if (!made) return `cannot stand below ${name}`;
    this.#entries.set(name, { made });
    return made.place(further.join("."), field);
  }

  finished(): ObjectModel {
    const fields = [...this.#entries].map(([name, entry]) => {
      if ("field" in entry) return entry.field;
      return { name, description: "", model: entry.made.finished(), source: { kind: "here" as const } };
    });
    return { kind: "object", fields, nullable: false, component: null, ready: null };
  }
}

/** An object of the data as one that the answer makes, so that more can stand in it; undefined when that cannot be. */
function madeOf(entry: Entry): ObjectDraft | undefined {
  if ("made" in entry) return entry.made;
  const { model, source } = entry.field;
  if (model.kind !== "object" || model.nullable || model.component || source.kind !== "data") return undefined;
  const made = new ObjectDraft();
  for (const field of model.fields) made.place(field.name, { ...field, source: below(source.path, field.source) });
  return made;
}

function below(path: readonly string[], source: FieldSource): FieldSource {
  if (source.kind !== "data") return source;
  return { ...source, path: [...path, ...source.path], onlyIf: source.onlyIf && [...path, ...source.onlyIf] };
}

// A key with its value, as GraphQL shows labels, annotations and tags: it has no maps.
// A list of them is in order of key, so that equal maps give equal answers.
import { Field, ObjectType } from "type-graphql";

@ObjectType("Tag", {
  simpleResolvers: true,
  description: "A key with its value: a label or an annotation of a hook, or a tag of an event.",
})
export class Tag {
  @Field(() => String, { description: "The key, unique in its list: `app.kubernetes.io/name`." })
  readonly key: string;

  @Field(() => String, { description: "The value; may be empty." })
  readonly value: string;

  constructor(key: string, value: string) {
    this.key = key;
    this.value = value;
  }
}

export function tagsOf(map: Readonly<Record<string, string>>): readonly Tag[] {
  return Object.keys(map)
    .sort()
    .map((key) => new Tag(key, map[key] ?? ""));
}

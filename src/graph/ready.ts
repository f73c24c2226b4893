// A schema in which one object type is a leaf: its values pass through an executor as they are, not field by field.
// For events that are wanted in exactly the form in which they are stored. The rest of the schema, and its resolvers, are the same.
import {
  type DocumentNode,
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";

export interface LeafSchema {
  readonly schema: GraphQLSchema;
  /** The document without what it selects of the leaf; undefined when it does not ask for it. */
  strip(document: DocumentNode): DocumentNode | undefined;
}

/** The values of the leaf are the `record`s of its nodes. */
export function withLeaf(schema: GraphQLSchema, leafName: string): LeafSchema {
  const leaf = new GraphQLScalarType({ name: leafName, serialize: recordOf });
  const rebuilt = new Map<string, GraphQLObjectType>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && !type.name.startsWith("__") && type.name !== leafName)
      rebuilt.set(type.name, rebuild(type));
  }
  const query = rebuilt.get(schema.getQueryType()?.name ?? "");
  if (!query) throw new TypeError("a schema without queries");
  const subscription = rebuilt.get(schema.getSubscriptionType()?.name ?? "");
  const roots = subscription ? { query, subscription } : { query };
  return { schema: new GraphQLSchema({ ...roots, directives: schema.getDirectives() }), strip };

  function rebuild(type: GraphQLObjectType): GraphQLObjectType {
    const { fields, interfaces: _none, ...config } = type.toConfig();
    return new GraphQLObjectType({
      ...config,
      fields: () =>
        Object.fromEntries(
          Object.entries(fields).map(([name, field]): [string, GraphQLFieldConfig<unknown, unknown>] => [
            name,
            { ...field, type: replaced(field.type) },
          ]),
        ),
    });
  }

  function replaced(type: GraphQLOutputType): GraphQLOutputType {
    if (isNonNullType(type)) return new GraphQLNonNull(replaced(type.ofType));
    if (isListType(type)) return new GraphQLList(replaced(type.ofType));
    return type.name === leafName ? leaf : (rebuilt.get(type.name) ?? type);
  }

  function strip(document: DocumentNode): DocumentNode | undefined {
    const info = new TypeInfo(schema);
    let isAsked = false;
    const stripped = visit(
      document,
      visitWithTypeInfo(info, {
        [Kind.FIELD](field) {
          const type = info.getType();
          if (!type || getNamedType(type).name !== leafName) return undefined;
          isAsked = true;
          const { selectionSet: _dropped, ...bare } = field;
          return bare;
        },
      }),
    );
    return isAsked ? stripped : undefined;
  }
}

function recordOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("record" in value))
    throw new TypeError("not the node of a record");
  return value.record;
}

// The directives of the persisted operations: what only the REST layer reads. The executed GraphQL never sees them.
// Their definitions are their documentation; readers of arguments stand beside them.
import { type ConstDirectiveNode, type DirectiveNode, valueFromASTUntyped } from "graphql";

export const REST_DIRECTIVES = /* GraphQL */ `
  """
  Serves the operation as a route. A placeholder \`{x}\` of the path is the variable \`$x\`; every other variable is a
  query parameter of its own name.
  """
  directive @rest(
    method: RestMethod!
    path: String!
    "The group of routes it belongs to, in the OpenAPI document."
    tag: String!
    "Operations of equal path differ in what they produce; the Accept header or \`?format=\` chooses between them."
    produces: RestMedia! = JSON
    "Made anew for each request: neither kept nor answered 304."
    fresh: Boolean! = false
  ) on QUERY | SUBSCRIPTION

  enum RestMethod {
    GET
  }

  enum RestMedia {
    JSON
    YAML
    "Messages, one after the other, as server-sent events or over a WebSocket: a subscription."
    STREAM
  }

  "The fields of the object stand where the object would stand."
  directive @lift on FIELD

  "The value stands at this place below the object around it: \`pagination.total\`."
  directive @at(path: String!) on FIELD

  """
  The list of objects becomes one object. The field \`key\` names an entry; the entry is the field \`value\`, or, without
  one, the object of the other fields.
  """
  directive @map(key: String!, value: String) on FIELD

  "The value is null unless the sibling field is true."
  directive @onlyIf(field: String!) on FIELD

  "Behind the field, the value of a variable stands at this place below the object around it."
  directive @echo(variable: String!, at: String!) repeatable on FIELD

  "The answer is this text; a list of texts is a stream of YAML documents."
  directive @document on FIELD

  "The value names the next page: a Link header sets this parameter to it, and leaves out those that count from the start."
  directive @next(parameter: String!, without: [String!]! = []) on FIELD

  """
  The field tells when the thing that the path names went away: not null, the route answers 404 and says so. For answers that
  have no place to say it themselves.
  """
  directive @gone on FIELD

  """
  The store keeps objects of the fragment's type as text in just this shape, so the text is passed on. The fragment must be
  the whole selection of the object.
  """
  directive @ready on FRAGMENT_DEFINITION

  "When the field has this value, the answer, which is the same otherwise, has this status instead of 200."
  directive @failing(when: String!, status: Int!) on FIELD

  "The value is the id of the message, which a client resumes from."
  directive @messageId on FIELD

  "When the object is there, it is told as a message of this name, and nothing else of the result is."
  directive @message(name: String!) on FIELD

  "The parameter can be given by this header too, which wins."
  directive @header(name: String!) on VARIABLE_DEFINITION

  "Bounds of a number, included."
  directive @range(min: Int!, max: Int!) on VARIABLE_DEFINITION

  "Values of a path placeholder that are left to other routes."
  directive @except(values: [String!]!) on VARIABLE_DEFINITION

  "The parameter is not given together with any of the others."
  directive @exclusive(parameter: String!, with: [String!]!) repeatable on QUERY | SUBSCRIPTION

  "When both parameters are given, the first is not above the second."
  directive @ordered(from: String!, to: String!) repeatable on QUERY | SUBSCRIPTION

  """
  The operation is no operation of its own, but arguments that others take: its variables, what its one field is given, and its
  rules about them.
  """
  directive @shared on QUERY

  """
  The field is given what the field of the shared operation is given, beside its own arguments, and the variables and rules
  come along. What is given here already stays as it is; what is given a variable that this operation declares itself is
  left out. Entries named \`beside\` stand beside their object, as arguments.
  """
  directive @takes(argumentsOf: String!, beside: [String!]! = []) repeatable on FIELD

  "What the OpenAPI document shows as an example."
  directive @example(value: RestExample!) on VARIABLE_DEFINITION | FIELD

  "Any value."
  scalar RestExample
`;

export type Arguments = Readonly<Record<string, unknown>>;

interface Directed {
  readonly directives?: readonly (DirectiveNode | ConstDirectiveNode)[] | undefined;
}

/** The arguments of each use of the directive, in order. */
export function directivesOf(node: Directed, name: string): readonly Arguments[] {
  return (node.directives ?? [])
    .filter((directive) => directive.name.value === name)
    .map((directive) =>
      Object.fromEntries(
        (directive.arguments ?? []).map((given) => [given.name.value, valueFromASTUntyped(given.value)]),
      ),
    );
}

export function directiveOf(node: Directed, name: string): Arguments | undefined {
  return directivesOf(node, name)[0];
}

/** The documents are validated against the definitions above before they are read, so an argument has its declared type. */
export function textOf(given: Arguments, name: string): string {
  const value = given[name];
  if (typeof value !== "string") throw new TypeError(`argument ${name} is not a text`);
  return value;
}

export function textsOf(given: Arguments, name: string): readonly string[] {
  const value = given[name] ?? [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

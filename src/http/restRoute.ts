// The generated route table's types: all that the REST layer knows of an operation when it serves it.
// Everything here is data, made by restCodegen from schema/operations; nothing here is written by hand for one route.

/** An operation that is served as a route. */
export interface RestRoute {
  /** Name of the GraphQL operation. */
  readonly name: string;
  /** SHA-256 of `body`, the operation's name in the manifest of persisted queries. */
  readonly id: string;
  readonly method: "GET";
  /** `/api/v1/events/{namespace}`: a placeholder is the variable of that name. */
  readonly path: string;
  readonly produces: RestMedia;
  /** The operation as GraphQL text, without what only this layer reads. */
  readonly body: string;
  readonly parameters: readonly RestParameter[];
  readonly rules: readonly RestRule[];
  /** The parameter behind an argument or input field, by its path: `filter.startTime`. Faults that GraphQL finds are told with it. */
  readonly argumentNames: Readonly<Record<string, string>>;
  readonly answer: AnswerShape;
  /** Root fields whose null says that there is no such thing: 404. */
  readonly required: readonly string[];
  /** Where the data tells when the thing went away, if the answer cannot: 404 unless it is null. */
  readonly gone: readonly string[] | null;
  /** Where the cursor of the next page stands in the data, and the parameter that takes it. */
  readonly next: NextPage | null;
  /** Of a stream: what of the data is a message's own. null of a route that is answered once. */
  readonly message: MessageShape | null;
  /** Made anew for each request: neither kept nor answered 304. */
  readonly isFresh: boolean;
  /** A value of the data that makes the answer one of another status than 200. */
  readonly failing: FailingStatus | null;
}

export interface FailingStatus {
  readonly path: readonly string[];
  readonly when: string;
  readonly status: number;
}

export type RestMedia = "application/json" | "application/yaml" | "text/event-stream";

/** The messages of a stream: the answer is what an ordinary one holds. */
export interface MessageShape {
  /** Where the id stands that a client resumes from. */
  readonly id: readonly string[];
  /** Messages of a name of their own: when there is something at the path, it is told instead. */
  readonly named: readonly NamedMessage[];
}

export interface NamedMessage {
  readonly name: string;
  readonly path: readonly string[];
  readonly shape: ObjectShape;
}

export interface RestParameter {
  /** Name of the variable and of the parameter alike. */
  readonly name: string;
  readonly in: "path" | "query";
  /** Given once, or any number of times and separated by commas. */
  readonly list: boolean;
  /** Without a value and without a default the request is at fault. */
  readonly required: boolean;
  /** Name of the GraphQL scalar or enum of one value. */
  readonly type: string;
  /** Of an enum: how its values are spelled, and the values. */
  readonly values: Readonly<Record<string, string>> | null;
  /** Bounds of a number, included. */
  readonly min: number | null;
  readonly max: number | null;
  /** Values of a path placeholder that are left to other routes. */
  readonly except: readonly string[];
  readonly default: unknown;
  /** A header that gives it as well, and wins. */
  readonly header: string | null;
}

/** What must hold between parameters. */
export type RestRule =
  | { readonly kind: "exclusive"; readonly parameter: string; readonly with: readonly string[] }
  | { readonly kind: "ordered"; readonly from: string; readonly to: string };

/** How a part of the data is written. A path leads from the object around to the part, by response keys. */
export type Shape =
  | { readonly kind: "text" }
  | { readonly kind: "literal" }
  | { readonly kind: "enum" }
  | ObjectShape
  | { readonly kind: "list"; readonly of: Shape }
  | { readonly kind: "map"; readonly key: readonly string[]; readonly of: Shape; readonly value: readonly string[] };

export interface ObjectShape {
  readonly kind: "object";
  readonly fields: readonly FieldShape[];
  /** The GraphQL type whose objects the store keeps as text in just this shape; null when it must be written. */
  readonly ready: string | null;
}

export interface FieldShape {
  readonly name: string;
  readonly shape: Shape;
  readonly source: FieldSource;
}

export type FieldSource =
  | { readonly kind: "data"; readonly path: readonly string[]; readonly onlyIf: readonly string[] | null }
  | { readonly kind: "variable"; readonly name: string }
  /** An object that the layer makes: its fields' paths begin at the object around. */
  | { readonly kind: "here" };

/** A whole answer: a shape, or texts that are documents of a stream. */
export type AnswerShape = ObjectShape | { readonly kind: "documents"; readonly path: readonly string[] };

export interface NextPage {
  readonly path: readonly string[];
  readonly onlyIf: readonly string[] | null;
  readonly parameter: string;
  /** Parameters that belong to the first page only. */
  readonly without: readonly string[];
}

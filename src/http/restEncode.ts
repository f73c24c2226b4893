// Writes the data of an operation as the text its route answers: shapes become functions once, at start.
// Objects that the store keeps as text are passed on as that text; the rest is written here, key by key.
import type { AnswerShape, FieldShape, FieldSource, ObjectShape, Shape } from "./restRoute.ts";
import { spellEnum } from "./restSpelling.ts";

type Variables = Readonly<Record<string, unknown>>;

/** Writes one part of the data; `variables` are the request's. */
type Write = (value: unknown, variables: Variables) => string;

export type Encode = (data: unknown, variables: Variables) => string;

/** `readyText` gives the text of an object whose shape the store keeps; without it every object is written from its fields. */
export function createEncoder(answer: AnswerShape, readyText?: (value: unknown) => string): Encode {
  return answer.kind === "documents" ? documents(answer.path) : objectWriter(answer, readyText);
}

function writerOf(shape: Shape, readyText: ((value: unknown) => string) | undefined): Write {
  switch (shape.kind) {
    case "text":
      return orNull((value) => JSON.stringify(value));
    case "literal":
      return orNull(literalText);
    case "enum":
      return orNull(enumWriter());
    case "object":
      return orNull(shape.ready && readyText ? readyText : objectWriter(shape, readyText));
    case "list":
      return orNull(listWriter(writerOf(shape.of, readyText)));
    case "map":
      return orNull(mapWriter(reader(shape.key), reader(shape.value), writerOf(shape.of, readyText)));
  }
}

function orNull(write: (value: unknown, variables: Variables) => string): Write {
  return (value, variables) => (value === null || value === undefined ? "null" : write(value, variables));
}

/** What was written lately, each number at a place by its bits: counts and percentages are asked for again and again. */
const KNOWN_BITS = 14;
const knownNumbers = new Float64Array(1 << KNOWN_BITS).fill(Number.NaN);
const knownTexts = new Array<string>(1 << KNOWN_BITS).fill("");

/** JSON.stringify would do, but V8 makes the text of a number for good, and only a full collection takes it away again. */
function literalText(value: unknown): string {
  if (typeof value !== "number") return JSON.stringify(value);
  const place = Math.imul(value * 100, 0x9e37_79b1) >>> (32 - KNOWN_BITS); // Fibonacci hashing; percentages have two digits
  if (knownNumbers[place] === value) return knownTexts[place] as string;
  const made = JSON.stringify(value);
  knownNumbers[place] = value;
  knownTexts[place] = made;
  return made;
}

function enumWriter(): (value: unknown) => string {
  const spelled = new Map<unknown, string>();
  return (value) => {
    const known = spelled.get(value);
    if (known !== undefined) return known;
    const text = JSON.stringify(spellEnum(String(value)));
    spelled.set(value, text);
    return text;
  };
}

function listWriter(write: Write): Write {
  return (value, variables) => {
    if (!Array.isArray(value) || value.length === 0) return "[]";
    let text = "[";
    for (let index = 0; index < value.length; index++) {
      if (index > 0) text += ",";
      text += write(value[index], variables); // appended as it is: to join first would copy it
    }
    return `${text}]`;
  };
}

function mapWriter(readKey: Read, readValue: Read, write: Write): Write {
  return (value, variables) => {
    if (!Array.isArray(value)) return "{}";
    const entries = value.map((item) => `${JSON.stringify(readKey(item))}:${write(readValue(item), variables)}`);
    return `{${entries.join(",")}}`;
  };
}

function objectWriter(shape: ObjectShape, readyText: ((value: unknown) => string) | undefined): Write {
  const fields = shape.fields.map((field, index) => fieldWriter(field, index === 0, readyText));
  return (value, variables) => {
    let text = "{";
    for (const write of fields) text += write(value, variables);
    return `${text}}`;
  };
}

function fieldWriter(field: FieldShape, isFirst: boolean, readyText: ((value: unknown) => string) | undefined): Write {
  const prefix = `${isFirst ? "" : ","}${JSON.stringify(field.name)}:`;
  const write = writerOf(field.shape, readyText);
  const read = sourceReader(field.source);
  return (value, variables) => prefix + write(read(value, variables), variables);
}

function sourceReader(source: FieldSource): (value: unknown, variables: Variables) => unknown {
  switch (source.kind) {
    case "here":
      return (value) => value;
    case "variable":
      return (_, variables) => variables[source.name];
    case "data": {
      const read = reader(source.path);
      if (!source.onlyIf) return read;
      const isWanted = reader(source.onlyIf);
      return (value) => (isWanted(value) === true ? read(value) : null);
    }
  }
}

type Read = (value: unknown) => unknown;

/** Reads along a path; null or nothing on the way is the result. */
export function reader(path: readonly string[]): Read {
  const [key, ...rest] = path;
  if (key === undefined) return (value) => value;
  const step = (value: unknown) => (value === null || value === undefined ? value : (value as Variables)[key]); // data holds objects along its paths
  if (rest.length === 0) return step;
  const further = reader(rest);
  return (value) => further(step(value));
}

/** The texts at a path that leads through lists, as a stream of YAML documents. */
function documents(path: readonly string[]): Encode {
  return (data) => textsAt(data, path).map(endLine).join("---\n");
}

function textsAt(value: unknown, path: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textsAt(item, path));
  const [key, ...rest] = path;
  if (key !== undefined) return textsAt(reader([key])(value), rest);
  return typeof value === "string" ? [value] : [];
}

function endLine(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

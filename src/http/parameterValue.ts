// One text of a request as a value of a GraphQL type. The scalars of the schema read their own texts and say what is wrong.
// What is handed on is the JSON form, which the operation coerces once more; the parsed form serves to compare.
import { GraphQLError, type GraphQLSchema, isScalarType } from "graphql";
import { didYouMean } from "../events/nearest.ts";
import { quoted } from "../graph/faults.ts";
import type { RestParameter } from "./restRoute.ts";

export type ReadValue =
  | { readonly value: unknown; readonly parsed: unknown }
  /** Continues a sentence that begins with the parameter's name. */
  | { readonly fault: string };

export type ValueReader = (text: string) => ReadValue;

const WHOLE = /^-?\d{1,15}$/;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

export function createValueReader(parameter: RestParameter, schema: GraphQLSchema): ValueReader {
  const read = readerOf(parameter, schema);
  return (text) => (text === "" ? { fault: "must not be empty" } : read(text));
}

function readerOf(parameter: RestParameter, schema: GraphQLSchema): ValueReader {
  const { values, type, except } = parameter;
  if (values) return enumReader(values);
  switch (type) {
    case "String":
    case "ID":
      return (text) => (except.includes(text) ? { fault: `cannot be ${quoted(text)} here` } : same(text));
    case "Boolean":
      return (text) =>
        text === "true" || text === "false"
          ? same(text === "true")
          : { fault: `${quoted(text)} is neither true nor false` };
    case "Int":
      return numberReader(WHOLE, "a whole number", parameter, { least: -(2 ** 31), most: 2 ** 31 - 1 });
    case "Float":
      return numberReader(NUMBER, "a number", parameter, { least: -Number.MAX_VALUE, most: Number.MAX_VALUE });
    default:
      return scalarReader(type, schema);
  }
}

function enumReader(values: Readonly<Record<string, string>>): ValueReader {
  const byText = new Map(Object.entries(values).map(([spelled, name]) => [spelled, same(name)]));
  const known = [...byText.keys()];
  return (text) =>
    byText.get(text) ?? {
      fault: `${quoted(text)} is none of ${known.join(", ")}${didYouMean(text.slice(0, 80), known)}`,
    };
}

function numberReader(
  shape: RegExp,
  kind: string,
  parameter: RestParameter,
  bounds: { readonly least: number; readonly most: number },
): ValueReader {
  const least = parameter.min ?? bounds.least;
  const most = parameter.max ?? bounds.most;
  return (text) => {
    const number = shape.test(text) ? Number(text) : Number.NaN;
    const isRight = number >= least && number <= most;
    return isRight ? same(number) : { fault: `${quoted(text)} is not ${kind} from ${least} to ${most}` };
  };
}

function scalarReader(type: string, schema: GraphQLSchema): ValueReader {
  const scalar = schema.getType(type);
  if (!isScalarType(scalar)) throw new Error(`${type} is no scalar of the schema`);
  return (text) => {
    try {
      return { value: text, parsed: scalar.parseValue(text) };
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const hint = text.includes(" ") ? " (in a query, a plus is written %2B)" : "";
      return { fault: `${error.message.replace(/\.$/, "")}${hint}` };
    }
  };
}

function same(value: unknown): ReadValue {
  return { value, parsed: value };
}

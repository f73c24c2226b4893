// The two scalars of our own: DateTime and Duration. Inside they are milliseconds, outside they are text.
// A bad value is a GraphQLError that names the value and what would be right; both ways of giving one are read alike.
import { GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { formatDuration, parseDuration } from "../events/duration.ts";
import { formatInstant, parseInstant } from "../events/time.ts";
import { codedError } from "./errors.ts";

interface TimeText {
  readonly name: string;
  readonly description: string;
  readonly specifiedByURL?: string;
  readonly expected: string;
  parse(text: string): number | undefined;
  format(millis: number): string;
}

export const DateTime = timeScalar({
  name: "DateTime",
  description:
    "A moment in time as RFC 3339 text. Given: any offset and up to nine fractional digits, cut to milliseconds " +
    '(`"2026-11-23T09:01:24+01:00"`, `"2026-11-23T08:01:24.763Z"`). Answered: always UTC with milliseconds ' +
    '(`"2026-11-23T08:01:24.763Z"`). Anything else, also a date that does not exist, is BAD_USER_INPUT.',
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339",
  expected: 'an RFC 3339 time such as "2026-11-23T08:01:24Z"',
  parse: parseInstant,
  format: formatInstant,
});

export const Duration = timeScalar({
  name: "Duration",
  description:
    "A length of time in Go and Prometheus style: whole or decimal amounts with the units `ms`, `s`, `m`, `h`, `d` (24 h) " +
    'and `w` (7 d), also put together: `"30s"`, `"15m"`, `"1h30m"`, `"24h"`, `"7d"`. Above zero, at most 100 years. ' +
    'Answered in its shortest exact spelling (`"90s"` becomes `"1m30s"`, `"24h"` becomes `"1d"`). Anything else is BAD_USER_INPUT.',
  expected: 'a duration above zero and of at most 100 years, such as "30s", "15m", "24h" or "7d"',
  parse: parseDuration,
  format: formatDuration,
});

function timeScalar({ name, description, specifiedByURL, expected, parse, format }: TimeText): GraphQLScalarType {
  const read = (value: unknown, nodes?: ValueNode): number => {
    const millis = typeof value === "string" ? parse(value) : undefined;
    if (millis === undefined) {
      throw codedError(
        "BAD_USER_INPUT",
        `${name} cannot be ${shown(value)}: give ${expected}.`,
        nodes ? { nodes } : {},
      );
    }
    return millis;
  };
  return new GraphQLScalarType<number, string>({
    name,
    description,
    ...(specifiedByURL === undefined ? {} : { specifiedByURL }),
    parseValue: (value) => read(value),
    parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : literal(node), node),
    serialize(value) {
      if (typeof value === "string") return value; // a stored event's time, kept as it is answered
      if (typeof value !== "number") throw new TypeError(`${name} cannot be written from ${shown(value)}`);
      return format(value);
    },
  });
}

/** A literal of another kind than a string, as its error shows it. */
function literal(node: ValueNode): unknown {
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return Number(node.value);
  return "value" in node ? node.value : null;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

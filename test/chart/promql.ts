// What a PromQL expression is about, read by Prometheus' own grammar: its metrics, and the labels that it tells them apart by.
// Throws for what Prometheus would not take.
import { parser } from "@prometheus-io/lezer-promql";

export interface Asked {
  readonly metric: string;
  /** Labels and the values that they are compared with, as they are written. */
  readonly labels: Readonly<Record<string, string>>;
}

export function metricsIn(expression: string): readonly Asked[] {
  const asked: { metric: string; labels: Record<string, string> }[] = [];
  let label = "";
  parser.parse(expression).iterate({
    enter: ({ name, type, from, to }) => {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expression}`);
      const selector = asked.at(-1);
      if (name === "VectorSelector") asked.push({ metric: "", labels: {} });
      if (name === "Identifier" && selector) selector.metric = text;
      if (name === "LabelName") label = text;
      if (name === "StringLiteral" && selector) selector.labels[label] = text.slice(1, -1);
    },
  });
  return asked;
}

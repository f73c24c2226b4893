// A strict reader of both exposition formats, and the rules that `promtool check metrics` holds names and series to.
// Written from the formats' descriptions; it knows nothing of how the texts are made.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Scraped {
  readonly families: readonly Family[];
  readonly samples: readonly Sample[];
  /** The one sample of the name that has these labels, perhaps among others; throws unless there is just one. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
  /** The sum of all of them; 0 of none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
  /** Every series, as text without its value. */
  readonly series: readonly string[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(,?)/;
const NUMBER = /^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;
const TYPES = ["counter", "gauge", "histogram"];

/** Throws for what a scraper would refuse. */
export function readExposition(text: string, format: "prometheus" | "openmetrics"): Scraped {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const lines = text.slice(0, -1).split("\n");
  if (format === "openmetrics" && lines.pop() !== "# EOF") throw new Error("the text does not end in # EOF");
  const families: (Family & { samples: Sample[] })[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "" && format === "prometheus") continue;
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    if (help) {
      const [, name = "", words = ""] = help;
      const type = /^# TYPE (\S+) (\w+)$/.exec(lines[++at] ?? "");
      if (type?.[1] !== name || !TYPES.includes(type[2] ?? "")) throw new Error(`${name} has no type`);
      if (families.some((family) => family.name === name)) throw new Error(`${name} comes twice`);
      families.push({ name, type: type[2] ?? "", help: words, samples: [] });
      continue;
    }
    const family = families.at(-1);
    const sample = readSample(line);
    if (!family || !sampleNames(family, format).includes(sample.name)) throw new Error(`a stray sample: ${line}`);
    family.samples.push(sample);
  }
  const samples = families.flatMap((family) => family.samples);
  const series = samples.map(({ name, labels }) => `${name}${JSON.stringify(Object.entries(labels).sort())}`);
  if (new Set(series).size < series.length) throw new Error("a series comes twice");
  const found = (name: string, wanted: Readonly<Record<string, string>> = {}) =>
    samples.filter(
      (sample) =>
        sample.name === name && Object.entries(wanted).every(([label, value]) => sample.labels[label] === value),
    );
  return {
    families,
    samples,
    series,
    value(name, labels) {
      const [first, ...more] = found(name, labels);
      if (!first || more.length > 0)
        throw new Error(`${name} ${JSON.stringify(labels)}: ${more.length + (first ? 1 : 0)}`);
      return first.value;
    },
    sum: (name, labels) => found(name, labels).reduce((total, { value }) => total + value, 0),
  };
}

function sampleNames({ name, type }: Family, format: "prometheus" | "openmetrics"): readonly string[] {
  if (type === "histogram") return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
  return [type === "counter" && format === "openmetrics" ? `${name}_total` : name];
}

function readSample(line: string): Sample {
  const name = NAME.exec(line)?.[0];
  if (!name) throw new Error(`no sample: ${line}`);
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith("{")) {
    rest = rest.slice(1);
    for (let comma = true; comma; ) {
      const label = LABEL.exec(rest);
      const [whole, key, value] = label ?? [];
      if (!label || whole === undefined || key === undefined || value === undefined)
        throw new Error(`bad labels: ${line}`);
      if (Object.hasOwn(labels, key)) throw new Error(`a label comes twice: ${line}`);
      labels[key] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
      rest = rest.slice(whole.length);
      comma = label[3] === ",";
    }
    if (!rest.startsWith("}")) throw new Error(`bad labels: ${line}`);
    rest = rest.slice(1);
  }
  const number = rest.slice(1);
  if (!rest.startsWith(" ") || !NUMBER.test(number)) throw new Error(`bad value: ${line}`);
  return { name, labels, value: number.endsWith("Inf") ? Number.POSITIVE_INFINITY : Number(number) };
}

const ABBREVIATED = /_(?:s|sec|secs|ms|msec|us|ns|h|hr|hrs|b|kb|mb|gb|kib|mib|gib|pct)(?:_|$)/;
const NOT_BASE =
  /_(?:milliseconds|microseconds|nanoseconds|minutes|hours|days|weeks|kilobytes|megabytes|gigabytes|bits|percent|celcius)(?:_|$)/;

/** What promtool would complain of, of Prometheus' text. */
export function lint({ families }: Scraped): readonly string[] {
  return families.flatMap((family) => {
    const { name, type, help, samples } = family;
    const labels = [...new Set(samples.flatMap((sample) => Object.keys(sample.labels)))];
    const faults = [
      help.trim() === "" && "no help text",
      type === "counter" && !name.endsWith("_total") && 'counter metrics should have "_total" suffix',
      type !== "counter" && name.endsWith("_total") && 'non-counter metrics should not have "_total" suffix',
      type !== "histogram" && /_(?:bucket|count|sum)$/.test(name) && "a suffix of histograms",
      type !== "histogram" && labels.includes("le") && 'non-histogram metrics should not have "le" label',
      labels.includes("quantile") && 'a "quantile" label',
      new RegExp(`_${type}(?:_|$)`).test(name) && "the name should not include the type",
      name.includes(":") && "a colon is for rules",
      [name, ...labels].some((word) => /[a-z][A-Z]/.test(word)) && "not snake_case",
      ABBREVIATED.test(name) && "an abbreviated unit",
      NOT_BASE.test(name) && "not a base unit",
      type === "histogram" && histogramFault(family),
    ];
    return faults.filter((fault) => typeof fault === "string").map((fault) => `${name}: ${fault}`);
  });
}

function histogramFault({ name, samples }: Family): string | false {
  const byLabels = Map.groupBy(samples, ({ labels: { le: _, ...others } }) =>
    JSON.stringify(Object.entries(others).sort()),
  );
  for (const series of byLabels.values()) {
    const buckets = series.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => (labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le)));
    const count = series.find((sample) => sample.name === `${name}_count`)?.value;
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) return "no last bucket";
    if (bounds.some((bound, index) => bound <= (bounds[index - 1] ?? Number.NEGATIVE_INFINITY)))
      return "bounds in disorder";
    if (buckets.some(({ value }, index) => value < (buckets[index - 1]?.value ?? 0))) return "buckets do not add up";
    if (buckets.at(-1)?.value !== count) return "the last bucket is not the count";
    if (!series.some((sample) => sample.name === `${name}_sum`)) return "no sum";
  }
  return false;
}

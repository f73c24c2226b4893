// The registry: every metric of the process, and its text in the two formats that scrapers read.
// A scrape never fails: a part whose numbers cannot be had is left out of it, and counted.
import {
  Counter,
  Gauge,
  Histogram,
  type Metric,
  type OpenMetricsContentType,
  Registry as PromRegistry,
} from "prom-client";
import { collectProcessMetrics } from "./processMetrics.ts";

export const EXPOSITION_FORMATS = ["prometheus", "openmetrics"] as const;
export type ExpositionFormat = (typeof EXPOSITION_FORMATS)[number];

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Metrics whose numbers are kept elsewhere, and are asked for at each scrape. */
export interface Part {
  counter<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
  gauge<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Gauge<Label>;
}

interface CollectedPart {
  readonly name: string;
  readonly metrics: Set<string>;
  readonly collect: () => void | Promise<void>;
}

/** The mean of no delays, when two scrapes follow at once: the library writes it as no format has it. */
const OF_NOTHING = /^\S+ Nan\n/gm;

export class Registry {
  readonly #plain = new PromRegistry();
  /** The same metrics by the names that OpenMetrics has: there a family of counters is named without `_total`. */
  readonly #open = new PromRegistry<OpenMetricsContentType>();
  readonly #parts: CollectedPart[] = [];
  readonly #failures: Counter<"part">;
  #collecting: Promise<ReadonlySet<string>> | undefined;

  constructor() {
    this.#open.setContentType(PromRegistry.OPENMETRICS_CONTENT_TYPE);
    this.#failures = this.counter(
      "khook_gateway_scrape_failures_total",
      "Parts that were left out of a scrape because their numbers could not be had.",
      ["part"],
    );
  }

  counter<Label extends string = never>(name: string, help: string, labels: readonly Label[] = []): Counter<Label> {
    return this.#named(name, new Counter({ name, help, labelNames: labels, registers: [this.#plain] }));
  }

  gauge<Label extends string = never>(name: string, help: string, labels: readonly Label[] = []): Gauge<Label> {
    return this.#named(name, new Gauge({ name, help, labelNames: labels, registers: [this.#plain] }));
  }

  /** `buckets` are upper bounds. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: readonly Label[] = [],
  ): Histogram<Label> {
    const options = { name, help, labelNames: labels, buckets: [...buckets], registers: [this.#plain] };
    return this.#named(name, new Histogram(options));
  }

  /** `make` makes the metrics of the part, and gives what fills them. */
  part(name: string, make: (part: Part) => () => void | Promise<void>): void {
    const metrics = new Set<string>();
    const counter: Part["counter"] = (...named) => {
      metrics.add(named[0]);
      return this.counter(...named);
    };
    const gauge: Part["gauge"] = (...named) => {
      metrics.add(named[0]);
      return this.gauge(...named);
    };
    this.#parts.push({ name, metrics, collect: make({ counter, gauge }) });
    this.#failures.inc({ part: name }, 0);
  }

  /** What Prometheus and Node call their own: `process_*` and `nodejs_*`. */
  collectProcess(): void {
    collectProcessMetrics(this.#plain);
    for (const metric of this.#plain.getMetricsAsArray() as unknown as Metric[]) {
      const { name } = named(metric);
      if (!this.#open.getSingleMetric(openName(metric))) this.#named(name, metric);
    }
  }

  async text(format: ExpositionFormat): Promise<Exposition> {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = undefined;
    });
    const missing = await this.#collecting;
    const isOpen = format === "openmetrics";
    const registry = isOpen ? this.#open : this.#plain;
    const names = this.#plain.getMetricsAsArray().map(({ name }) => name);
    const texts = await Promise.all(
      names
        .filter((name) => !missing.has(name))
        .map((name) => registry.getSingleMetricAsString(isOpen ? (this.#openNames.get(name) ?? name) : name)),
    );
    const text = texts.join("\n").replaceAll(OF_NOTHING, "");
    return { contentType: registry.contentType, text: `${text}\n${isOpen ? "# EOF\n" : ""}` };
  }

  readonly #openNames = new Map<string, string>();

  /** Names of metrics that could not be filled. Scrapes at the same time share one. */
  async #collect(): Promise<ReadonlySet<string>> {
    const missing = new Set<string>();
    await Promise.all(
      this.#parts.map(async ({ name, metrics, collect }) => {
        try {
          await collect();
        } catch {
          this.#failures.inc({ part: name });
          for (const metric of metrics) missing.add(metric);
        }
      }),
    );
    return missing;
  }

  #named<M extends Metric>(name: string, metric: M): M {
    const open = openName(metric);
    this.#openNames.set(name, open);
    const view = { ...named(metric), name: open, get: async () => ({ ...(await metric.get()), name: open }) };
    this.#open.registerMetric(view as unknown as Metric); // as much of one as writing it takes
    return metric;
  }
}

/** Every metric of the library has these; its types do not say so. */
function named(metric: Metric): { readonly name: string; readonly type: string } {
  const { name, type } = metric as unknown as { readonly name: string; readonly type: string };
  return { name, type };
}

function openName(metric: Metric): string {
  const { name } = named(metric);
  return metric instanceof Counter ? name.replace(/_total$/, "") : name;
}

/** Counts that are kept elsewhere, as they stand now. */
export function setCounts<Label extends string>(
  counter: Counter<Label>,
  label: Label,
  counts: Readonly<Record<string, number>>,
): void {
  counter.reset();
  for (const [value, count] of Object.entries(counts)) {
    counter.inc({ [label]: worded(value) } as Partial<Record<Label, string>>, count); // the one label it has
  }
}

export function setCount(counter: Counter, count: number): void {
  counter.reset();
  counter.inc(count);
}

/** An instant in seconds; no sample when there is none. */
export function setInstant(gauge: Gauge, at: number | null): void {
  if (at === null) gauge.remove();
  else gauge.set(at / 1000);
}

/** A value of an enumeration as labels have it: `perCaller` is `per_caller`, `WAITING` is `waiting`. */
export function worded(value: string): string {
  return (/[a-z]/.test(value) ? value.replaceAll(/[A-Z]/g, "_$&") : value).toLowerCase();
}

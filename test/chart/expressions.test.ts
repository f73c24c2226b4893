// Alerts and dashboard ask for what there is: every metric they name is exposed by a gateway, with the labels and values they name.
// The expressions are read by Prometheus' own grammar; the metrics are those of a gateway that has done a bit of everything.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { GuardedStage } from "../gateway/guarded.ts";
import { until } from "../gateway/storedEvents.ts";
import { readExposition, type Scraped } from "../metrics/exposition.ts";
import { CHART } from "./helm.ts";
import { at, listAt, textAt } from "./manifest.ts";
import { metricsIn } from "./promql.ts";

const alerts: unknown = parse(readFileSync(`${CHART}/files/alerts.yaml`, "utf8"));
const dashboard: unknown = JSON.parse(readFileSync(`${CHART}/files/dashboard.json`, "utf8"));
const rules = listAt(alerts, "groups").flatMap((group) => listAt(group, "rules"));
const panels = listAt(dashboard, "panels");

/** Grafana's own words, as it would fill them in. */
function filledIn(expression: string): string {
  return expression.replaceAll("$__rate_interval", "5m").replaceAll(/\$(?:namespace|pod)/g, ".*");
}

const EXPRESSIONS: readonly [where: string, expression: string][] = [
  ...rules.map((rule): [string, string] => [`alert ${textAt(rule, "alert")}`, textAt(rule, "expr")]),
  ...panels.flatMap((panel) =>
    listAt(panel, "targets").map((target): [string, string] => [
      `panel ${textAt(panel, "title")}`,
      filledIn(textAt(target, "expr")),
    ]),
  ),
];
/** Labels that Prometheus adds when it scrapes. */
const OF_THE_SCRAPE = ["namespace", "pod"];
/** Values that a label has only when something has gone wrong. */
const OF_TROUBLE = ["status=5xx"];

test("every metric is exposed, with these labels and with values that these can be", async () => {
  const scraped = await scrapeOfMuch();
  const faults = EXPRESSIONS.flatMap(([where, expression]) =>
    metricsIn(expression).flatMap(({ metric, labels }) => {
      const samples = scraped.samples.filter(({ name }) => name === metric);
      if (samples.length === 0) return [`${where}: no ${metric}`];
      return Object.entries(labels)
        .filter(([label]) => !OF_THE_SCRAPE.includes(label))
        .flatMap(([label, value]) => {
          const known = new Set(samples.map((sample) => sample.labels[label]));
          // A pattern names its values between bars; each has to be one that the label can have.
          const missing = value.split("|").filter((one) => !known.has(one) && !OF_TROUBLE.includes(`${label}=${one}`));
          return missing.map((one) => `${where}: ${metric} has no ${label}=${one}`);
        });
    }),
  );
  expect(faults).toEqual([]);
});

test("a name that there is not, and a text that is no PromQL, are found", () => {
  expect(metricsIn('max by (a) (rate(one_total{b=~"c|d"}[5m])) / two > 3')).toEqual([
    { metric: "one_total", labels: { b: "c|d" } },
    { metric: "two", labels: {} },
  ]);
  expect(() => metricsIn("max by (a) (rate(one_total[5m])")).toThrow("no PromQL");
  expect(() => metricsIn("one two")).toThrow("no PromQL");
});

test("what was asked of the alerts is there: a stale watch, a stalled khook, kagent away, streams that are dropped", () => {
  const about = Object.fromEntries(
    rules.map((rule) => [textAt(rule, "alert"), metricsIn(textAt(rule, "expr")).map(({ metric }) => metric)]),
  );
  expect(about.KhookGatewayWatchStale).toContain("khook_gateway_watch_loops");
  expect(about.KhookStalled).toContain("khook_gateway_controller_stalled_namespaces");
  expect(about.KagentDown).toContain("khook_gateway_health_status");
  expect(about.KhookGatewayStreamsDropped).toContain("khook_gateway_streams_stalled_total");
  for (const rule of rules) {
    expect(textAt(rule, "labels.severity")).toMatch(/^(?:critical|warning|info)$/);
    expect(textAt(rule, "annotations.summary").length).toBeGreaterThan(10);
    expect(textAt(rule, "annotations.description").length).toBeGreaterThan(10);
  }
});

test("panels have a number of their own, lie beside one another and ask the chosen data source", () => {
  expect(new Set(panels.map((panel) => at(panel, "id"))).size).toBe(panels.length);
  const taken = new Set<string>();
  for (const panel of panels) {
    const [x, y, w, h] = ["x", "y", "w", "h"].map((side) => Number(at(panel, `gridPos.${side}`)));
    expect((x ?? 0) + (w ?? 0)).toBeLessThanOrEqual(24);
    for (let column = x ?? 0; column < (x ?? 0) + (w ?? 0); column++) {
      for (let line = y ?? 0; line < (y ?? 0) + (h ?? 0); line++) {
        expect(taken.has(`${column} ${line}`), textAt(panel, "title")).toBe(false);
        taken.add(`${column} ${line}`);
      }
    }
    for (const target of listAt(panel, "targets")) expect(at(target, "datasource.uid")).toMatch(/^\$\{datasource\}$/);
  }
});

/** Of a gateway that has stored events, and has been asked well and badly. */
async function scrapeOfMuch(): Promise<Scraped> {
  const guarded = await GuardedStage.set();
  guarded.stage.cluster.happen(60);
  const gateway = await guarded.gateway();
  const { headers } = guarded.caller([{}, { paths: ["/metrics"] }]);
  const ask = async (path: string) => (await fetch(`${gateway.url}/api/v1/${path}`, { headers })).text();
  await until(async () => (await gateway.gateway.store.count({})) > 0, "an event that is stored");
  for (const path of ["hooks", "hooks", "events?limt=1", "stats/events/summary"]) await ask(path);
  return readExposition(await ask("metrics"), "prometheus");
}

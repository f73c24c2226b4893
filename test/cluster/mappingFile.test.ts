import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ruleFor } from "../../src/cluster/mapping.ts";
import { EventMappingsError, readEventMappings } from "../../src/cluster/mappingFile.ts";
import { eventTypesOf, KHOOK_TABLE, type MappingTable } from "../../src/cluster/mappingTable.ts";

const EXAMPLE = readFileSync(new URL("../fixtures/event-mappings.yaml", import.meta.url), "utf8");

function faultsOf(text: string): readonly string[] {
  try {
    readEventMappings(text, "map.yaml");
  } catch (error) {
    if (error instanceof EventMappingsError) return error.faults;
    throw error;
  }
  return [];
}

function find(table: MappingTable, reason: string, { kind = "Pod", type = "Warning", message = "" } = {}) {
  return ruleFor(table, { kind, type, reason, message });
}

/** khook's own config/event-mappings.yaml, in its shape. */
function khooksFile(top: string): string {
  const entry = (source: string, from: string, to: string, severity: string, enabled: boolean) =>
    `  - {eventSource: "${source}", eventType: "${from}", internalType: "${to}", description: "d", severity: "${severity}", enabled: ${enabled}, tags: {impact: "medium"}}\n`;
  return [
    `${top}mappings:\n`,
    entry("kubernetes", "pod-restart", "PodRestart", "warning", true),
    entry("kubernetes", "oom-kill", "OOMKill", "error", true),
    entry("kubernetes", "pod-pending", "PodPending", "warning", true),
    entry("kafka", "consumer-lag", "ConsumerLag", "warning", false),
  ].join("");
}

test("the example file says of each Event what its comments say", () => {
  const { kubernetes: table } = readEventMappings(EXAMPLE, "event-mappings.yaml");
  expect(find(table, "OOMKilling")).toMatchObject({
    eventType: "oom-kill",
    severity: "CRITICAL",
    description: "Pod killed due to out of memory",
    tags: { category: "resource" },
  });
  expect(find(table, "Unhealthy", { message: "Liveness probe failed" })?.eventType).toBeNull();
  expect(find(table, "BackOff")).toMatchObject({ eventType: "pod-restart", severity: "MEDIUM" });
  expect(find(table, "FailedMount", { message: "Timed out waiting" })).toMatchObject({
    eventType: "volume-failed",
    severity: "MEDIUM",
  });
  expect(find(table, "FailedMount", { message: "pending" })?.eventType).toBe("pod-pending");
  expect(find(table, "FailedMount", { message: "denied" })).toBeUndefined();
  expect(eventTypesOf(table).toSorted()).toEqual([
    "node-not-ready",
    "oom-kill",
    "pod-pending",
    "pod-restart",
    "volume-failed",
  ]);
});

test("a node that is not ready is an event, also when Normal, and of nodes only", () => {
  const { kubernetes: table } = readEventMappings(EXAMPLE, "event-mappings.yaml");
  const node = { kind: "Node", type: "Normal" };
  expect(find(table, "NodeNotReady", node)).toMatchObject({ eventType: "node-not-ready", severity: "HIGH" });
  expect(find(table, "nodenotready", node)?.eventType).toBe("node-not-ready");
  expect(find(table, "NodeNotReady", { kind: "Pod" })).toBeUndefined();
});

test("khook's own file leaves the types as hooks spell them", () => {
  const { kubernetes: table } = readEventMappings(khooksFile(""), "khook.yaml");
  expect(eventTypesOf(table).toSorted()).toEqual(["oom-kill", "pod-pending", "pod-restart", "probe-failed"]);
  expect(find(table, "OOMKilled")).toMatchObject({ severity: "HIGH", tags: { impact: "medium" } });
  expect(find(table, "BackOff")).toMatchObject({ severity: "MEDIUM" });
});

test("with replace only the named types are left", () => {
  const { kubernetes: table } = readEventMappings(khooksFile("replace: true\n"), "khook.yaml");
  expect(eventTypesOf(table).toSorted()).toEqual(["oom-kill", "pod-pending", "pod-restart"]);
  expect(find(table, "Unhealthy", { message: "Liveness probe failed" })).toBeUndefined();
});

test("an internalType of another name renames a type", () => {
  const text = "mappings: [{eventSource: kubernetes, eventType: oom-kill, internalType: MemoryExhausted}]";
  const { kubernetes: table } = readEventMappings(text, "map.yaml");
  expect(find(table, "OOMKilled")?.eventType).toBe("memory-exhausted");
  expect(find(table, "Killing", { message: "oom" })?.eventType).toBe("memory-exhausted");
});

test("a disabled reason is no event, although khook's rules would take it", () => {
  const { kubernetes: table } = readEventMappings(
    "mappings: [{eventSource: kubernetes, eventType: BackOff, enabled: false}]",
    "map.yaml",
  );
  expect(find(table, "BackOff")?.eventType).toBeNull();
  expect(find(table, "Killing")?.eventType).toBe("pod-restart");
});

test("a list without entries changes nothing", () => {
  expect(readEventMappings("mappings: []", "map.yaml")).toEqual({ kubernetes: KHOOK_TABLE, others: [] });
});

test("entries of other sources are kept in their order, as their source will ask for them", () => {
  const text = [
    "mappings:",
    "  - {eventSource: alertmanager, eventType: KubeNodeNotReady, internalType: NodeNotReady, severity: critical, kind: Node}",
    "  - {eventSource: webhook, eventType: com.example.deploy.failed, internalType: deploy-failed, message: [Timed Out]}",
    "  - {eventSource: alertmanager, eventType: Watchdog, enabled: false}",
  ].join("\n");
  const { kubernetes, others } = readEventMappings(text, "map.yaml");
  expect(kubernetes).toEqual(KHOOK_TABLE);
  const plain = { description: "", tags: {} };
  expect(others).toEqual([
    {
      ...plain,
      source: "alertmanager",
      reportedType: "KubeNodeNotReady",
      eventType: "node-not-ready",
      severity: "CRITICAL",
      kinds: ["Node"],
    },
    {
      ...plain,
      source: "webhook",
      reportedType: "com.example.deploy.failed",
      eventType: "deploy-failed",
      severity: "MEDIUM",
      messageContains: ["timed out"],
    },
    { ...plain, source: "alertmanager", reportedType: "Watchdog", eventType: null, severity: "MEDIUM" },
  ]);
});

test("an entry of another source says what it becomes, and has no type of Kubernetes Events", () => {
  const text = [
    "mappings:",
    "  - {eventSource: ci, eventType: failed}",
    "  - {eventSource: ci, eventType: broken, internalType: broken, type: Warning}",
  ].join("\n");
  expect(faultsOf(text)).toEqual([
    'event mappings map.yaml:2: internalType: is missing; it says what event type "failed" becomes',
    "event mappings map.yaml:3: type: only Kubernetes Events have one",
  ]);
});

test("every fault is named at once, each with its line, in the order of the file", () => {
  const text = [
    "replace: maybe", // 1
    "mapings: []", // 2
    "mappings:", // 3
    "  - eventSource: kubernetes", // 4
    "    eventType: pod-restart", // 5
    "    severity: hgih", // 6
    "    kind: Pod", // 7
    "  - eventType: Evicted", // 8
    "    internalType: pod evicted!", // 9
    "    enabled: 'yes'", // 10
    "  - just a text", // 11
    "  - eventSource: kubernetes", // 12
    "    eventType: Evicted", // 13
    "    tags: [a]", // 14
    "  - eventSource: kubernetes", // 15
    "    eventType: pod-restart", // 16
    "    tags: {a: {b: c}}", // 17
    "    message: []", // 18
  ].join("\n");
  expect(faultsOf(text)).toEqual([
    "event mappings map.yaml:1: replace: must be true or false",
    'event mappings map.yaml:2: unknown field "mapings": must be one of mappings, replace',
    'event mappings map.yaml:6: severity "hgih": must be one of low, medium, high, critical',
    'event mappings map.yaml:7: kind: only an entry for a reason can have it, and "pod-restart" is an event type',
    "event mappings map.yaml:8: eventSource: is missing",
    'event mappings map.yaml:9: internalType "pod evicted!": must be letters, digits and dashes, at most 63 of them',
    "event mappings map.yaml:10: enabled: must be true or false",
    "event mappings map.yaml:11: mappings: each must be a mapping with an eventSource and an eventType",
    'event mappings map.yaml:12: internalType: is missing; "Evicted" is taken for the reason of Kubernetes Events',
    "event mappings map.yaml:14: tags: must be a mapping of names to texts",
    'event mappings map.yaml:16: eventType "pod-restart": is mapped twice',
    'event mappings map.yaml:17: tags: "a" must be a text',
    'event mappings map.yaml:18: message: only an entry for a reason can have it, and "pod-restart" is an event type',
  ]);
});

test.each([
  ["", "event mappings map.yaml:1: must be a mapping"],
  ["- a", "event mappings map.yaml:1: must be a mapping"],
  ["a: b", 'event mappings map.yaml:1: unknown field "a": must be one of mappings, replace'],
  ["mappings: {}", "event mappings map.yaml:1: mappings: must be a list"],
  ["mappings:\n", "event mappings map.yaml:1: mappings: must be a list"],
])("a file that holds %j is refused", (text, fault) => {
  expect(faultsOf(text)).toContain(fault);
});

test("what is no YAML is refused with the line", () => {
  const [fault] = faultsOf('mappings:\n  - eventSource: "kubernetes\n');
  expect(fault).toMatch(/^event mappings map\.yaml:[23]: /);
});

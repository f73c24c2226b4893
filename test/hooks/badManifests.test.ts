// Bad manifests by the dozen: each is found out by its code, at its path, and where it stands in the text.
import { expect, test } from "vitest";
import { FINDING_CODES } from "../../src/hooks/finding.ts";
import type { Surroundings } from "../../src/hooks/lint.ts";
import { changed, GOOD, unmarked, validated } from "./marked.ts";

type Case = readonly [code: string, path: string, marked: string, surroundings?: Surroundings];

const SPEC = GOOD.slice(GOOD.indexOf("spec:"));
const ENTRY = SPEC.slice(SPEC.indexOf("    - "));
const PROMPT = '"{{.ResourceName}} restarted: {{.EventMessage}}"';
const AT = "spec.eventConfigurations[0]";
const prompt = (text: string) => changed(PROMPT, text);
const name = (text: string) => changed("name: restarts", `name: ${text}`);
const label = (text: string) => changed("team: web", text);
const agent = (text: string) => changed("name: k8s-agent", `name: ${text}`);

const ERRORS: readonly Case[] = [
  // the text
  ["EMPTY", "", "§"],
  ["EMPTY", "", "§# nothing but a comment\n---\n"],
  ["SYNTAX", "", changed("kind: Hook", "kind: §: Hook")],
  ["SYNTAX", "", '{"apiVersion":§'],
  ["SYNTAX", "", changed("  name: restarts", "§\tname: restarts")],
  ["SYNTAX", "", name("a§\u0000b")],
  ["SYNTAX", "", label("team: §*nobody")],
  ["DUPLICATE_KEY", "", changed("kind: Hook", "kind: Hook\n§kind: Hook")],
  ["DUPLICATE_KEY", "", changed("      prompt: ", '      prompt: "{{.Reason}}"\n      §prompt: ')],
  ["UNSUPPORTED_VALUE", "", prompt("§!!binary aGVsbG8=")],
  ["UNSUPPORTED_VALUE", "", label("team: §.nan")],
  ["UNSUPPORTED_VALUE", "", label("? §[a, b]\n    : web")],
  ["TOO_DEEP", "", label(`team: ${"[".repeat(50)}§[${"]".repeat(51)}`)],
  ["TOO_DEEP", "", "a: &a [§*a]"],
  ["TOO_LARGE", "", `§a: "${"x".repeat(256 * 1024)}"`],
  ["TOO_MANY_DOCUMENTS", "", `${`${GOOD}---\n`.repeat(100)}§${GOOD}`],
  ["NOT_AN_OBJECT", "", "§just words"],
  ["NOT_AN_OBJECT", "", "§- a\n- b"],
  ["NOT_AN_OBJECT", "items[0]", "kind: List\nitems: [§7]"],
  // the object
  ["WRONG_API_VERSION", "apiVersion", changed("kagent.dev/v1alpha2", "§kagent.dev/v1")],
  ["WRONG_API_VERSION", "apiVersion", changed("kagent.dev/v1alpha2", "§v1")],
  ["WRONG_API_VERSION", "apiVersion", changed("kagent.dev/v1alpha2", "§2")],
  ["REQUIRED", "apiVersion", `§${changed("apiVersion: kagent.dev/v1alpha2\n", "")}`],
  ["WRONG_KIND", "kind", changed("kind: Hook", "kind: §Gook")],
  ["WRONG_KIND", "kind", changed("kind: Hook", "kind: §hook")],
  ["WRONG_KIND", "kind", "apiVersion: v1\nkind: §ConfigMap\nmetadata: {name: x}"],
  ["REQUIRED", "kind", `§${changed("kind: Hook\n", "")}`],
  ["REQUIRED", "metadata.name", `§${changed(GOOD.slice(GOOD.indexOf("metadata:"), GOOD.indexOf("spec:")), "")}`],
  ["REQUIRED", "metadata.name", changed("metadata:\n  name: restarts", "§metadata:")],
  ["REQUIRED", "metadata.name", name('§""')],
  ["WRONG_TYPE", "metadata", `apiVersion: kagent.dev/v1alpha2\nkind: Hook\nmetadata: §restarts\n${SPEC}`],
  ["WRONG_TYPE", "metadata.name", name("§7")],
  ["BAD_NAME", "metadata.name", name("§Bad_Name")],
  ["BAD_NAME", "metadata.name", name("§-restarts")],
  ["BAD_NAME", "metadata.name", name(`§${"a".repeat(254)}`)],
  ["BAD_NAME", "metadata.namespace", changed("namespace: shop", "namespace: §Shop")],
  ["BAD_NAME", "metadata.namespace", changed("namespace: shop", "namespace: §shop.eu")],
  ["BAD_NAME", "metadata.namespace", changed("namespace: shop", `namespace: §${"a".repeat(64)}`)],
  ["BAD_NAME", "metadata.generateName", changed("name: restarts", "generateName: §Restarts-")],
  ["WRONG_TYPE", "metadata.labels", label("team: §7")],
  ["WRONG_TYPE", "metadata.labels", label("team: §yes")],
  ["WRONG_TYPE", "metadata.labels", changed("labels:\n    team: web", "labels: §[web]")],
  ["BAD_LABEL", "metadata.labels", label("§te am: web")],
  ["BAD_LABEL", "metadata.labels", label("§a/b/c: web")],
  ["BAD_LABEL", "metadata.labels", label("§Example.com/team: web")],
  ["BAD_LABEL", "metadata.labels", label(`§${"a".repeat(64)}: web`)],
  ["BAD_LABEL", "metadata.labels", label("§team: web team")],
  ["BAD_LABEL", "metadata.labels", label(`§team: ${"a".repeat(64)}`)],
  ["BAD_ANNOTATION", "metadata.annotations", changed("  labels:", "  annotations:\n    §not ok: x\n  labels:")],
  // the schema
  ["REQUIRED", "spec.eventConfigurations", changed(SPEC, "§spec: {}\n")],
  ["WRONG_TYPE", "spec", changed(SPEC, "spec: §[]\n")],
  [
    "TOO_SHORT",
    "spec.eventConfigurations",
    changed(ENTRY, "").replace("eventConfigurations:", "§eventConfigurations: []"),
  ],
  ["REQUIRED", "spec.eventConfigurations", changed(ENTRY, "").replace("eventConfigurations:", "§eventConfigurations:")],
  [
    "WRONG_TYPE",
    "spec.eventConfigurations",
    changed(SPEC, "spec:\n  eventConfigurations: §{eventType: pod-restart}\n"),
  ],
  ["WRONG_TYPE", AT, changed(ENTRY, "    - §pod-restart\n")],
  ["REQUIRED", `${AT}.eventType`, changed("- eventType: pod-restart\n      agentRef", "- §agentRef")],
  ["REQUIRED", `${AT}.eventType`, changed("eventType: pod-restart", "§eventType: ~")],
  ["NOT_SUPPORTED", `${AT}.eventType`, changed("eventType: pod-restart", "eventType: §pod-exploded")],
  ["NOT_SUPPORTED", `${AT}.eventType`, changed("eventType: pod-restart", "eventType: §Pod-Restart")],
  ["NOT_SUPPORTED", `${AT}.eventType`, changed("eventType: pod-restart", "eventType: §node-not-ready")],
  ["WRONG_TYPE", `${AT}.eventType`, changed("eventType: pod-restart", "eventType: §7")],
  ["WRONG_TYPE", `${AT}.eventType`, changed("eventType: pod-restart", "eventType: §[pod-restart, oom-kill]")],
  [
    "REQUIRED",
    `${AT}.agentRef`,
    changed("      agentRef:\n        name: k8s-agent\n        namespace: kagent\n", "").replace("- event", "- §event"),
  ],
  [
    "WRONG_TYPE",
    `${AT}.agentRef`,
    changed("agentRef:\n        name: k8s-agent\n        namespace: kagent", "agentRef: §kagent/k8s-agent"),
  ],
  ["REQUIRED", `${AT}.agentRef.name`, changed("agentRef:\n        name: k8s-agent", "§agentRef:")],
  ["TOO_SHORT", `${AT}.agentRef.name`, agent('§""')],
  ["WRONG_TYPE", `${AT}.agentRef.namespace`, changed("namespace: kagent", "namespace: §true")],
  ["REQUIRED", `${AT}.prompt`, changed(`      prompt: ${PROMPT}\n`, "").replace("- event", "- §event")],
  ["TOO_SHORT", `${AT}.prompt`, prompt('§""')],
  ["WRONG_TYPE", `${AT}.prompt`, prompt("§[a]")],
  // khook's rules
  ["REQUIRED", "spec.eventConfigurations", `§${changed(SPEC, "")}`],
  [
    "DUPLICATE_EVENT_TYPE",
    "spec.eventConfigurations[1].eventType",
    GOOD + ENTRY.replace("pod-restart", "§pod-restart"),
  ],
  ["BAD_AGENT_NAME", `${AT}.agentRef.name`, agent("§kagent/k8s-agent")],
  ["BAD_AGENT_NAME", `${AT}.agentRef.name`, agent("§k8s.agent")],
  ["BAD_AGENT_NAME", `${AT}.agentRef.name`, agent('§"  "')],
  ["TOO_LONG", `${AT}.agentRef.name`, agent(`§${"a".repeat(101)}`)],
  ["BLANK_PROMPT", `${AT}.prompt`, prompt('§" \\n "')],
  ["TOO_LONG", `${AT}.prompt`, prompt(`§"{{.Reason}}${"é".repeat(5000)}"`)],
  ["UNBALANCED_BRACES", `${AT}.prompt`, prompt('§"{{.ResourceName} restarted"')],
  ["UNBALANCED_BRACES", `${AT}.prompt`, prompt('§"{{.ResourceName}} }} restarted"')],
  ...[
    "/* x */",
    'define "x"',
    'template "x"',
    "call .X",
    "data",
    "urlquery .X",
    "print .X",
    "printf .X",
    "println",
    "js .X",
    "html .X",
  ].map((construct): Case => ["FORBIDDEN_TEMPLATE", `${AT}.prompt`, prompt(`§'{{.Reason}} {{${construct}}}'`)]),
];

const SURROUNDINGS: Surroundings = {
  namespaces: ["shop", "kagent"],
  eventTypes: ["pod-restart", "oom-kill"],
  hooks: [
    { namespace: "shop", name: "older", eventTypes: ["oom-kill"] },
    { namespace: "shop", name: "restarts", eventTypes: ["pod-restart"] },
  ],
};

const WARNINGS: readonly Case[] = [
  ["UNKNOWN_FIELD", "specs", changed("spec:\n", "§specs: {}\nspec:\n")],
  ["UNKNOWN_FIELD", "spec.extra", changed("spec:\n", "spec:\n  §extra: 1\n")],
  ["UNKNOWN_FIELD", `${AT}.agentId`, changed("      agentRef:", "      §agentId: k8s-agent\n      agentRef:")],
  [
    "UNKNOWN_FIELD",
    `${AT}.agentRef.nam`,
    changed("        name: k8s-agent", "        name: k8s-agent\n        §nam: x"),
  ],
  ["UNKNOWN_FIELD", "metadata.label", changed("  labels:", "  §label: x\n  labels:")],
  ["STATUS_IGNORED", "status", changed("spec:\n", "§status: {activeEvents: []}\nspec:\n")],
  ["LONG_PROMPT", `${AT}.prompt`, prompt(`§"{{.Reason}}${"a".repeat(1000)}"`)],
  ["UNKNOWN_PLACEHOLDER", `${AT}.prompt`, prompt('§"{{.PodName}} restarted"')],
  ["UNKNOWN_PLACEHOLDER", `${AT}.prompt`, prompt('§"{{ .ResourceName }} restarted"')],
  ["UNKNOWN_PLACEHOLDER", `${AT}.prompt`, prompt('§"{{.resourceName}} restarted"')],
  ["UNKNOWN_PLACEHOLDER", `${AT}.prompt`, prompt('§"{{if .Reason}}{{.Reason}}"')],
  ["UNFILLED_PLACEHOLDER", `${AT}.prompt`, prompt('§"{{.Event.Reason}}"')],
  ["NO_PLACEHOLDER", `${AT}.prompt`, prompt('§"Look at it"')],
  ["NO_PLACEHOLDER", `${AT}.prompt`, prompt("§|\n        Look\n        at it\n")],
  ["UNKNOWN_NAMESPACE", `${AT}.agentRef.namespace`, changed("namespace: kagent", "namespace: §kagnet"), SURROUNDINGS],
  ["UNKNOWN_NAMESPACE", "metadata.namespace", changed("namespace: shop", "namespace: §shp"), SURROUNDINGS],
  [
    "UNKNOWN_EVENT_TYPE",
    `${AT}.eventType`,
    changed("eventType: pod-restart", "eventType: §probe-failed"),
    SURROUNDINGS,
  ],
  ["SHARED_EVENT_TYPE", `${AT}.eventType`, changed("eventType: pod-restart", "eventType: §oom-kill"), SURROUNDINGS],
  ["REPEATED_HOOK", "metadata.name", `${GOOD}---\n${name("§restarts")}`],
];

type Numbered = [number, string, string, string, Surroundings | undefined];
const numbered = (cases: readonly Case[]) =>
  cases.map(([code, path, marked, surroundings], index): Numbered => [index, code, path, marked, surroundings]);

test("there are enough of them, and every code is met", () => {
  expect(ERRORS.length).toBeGreaterThanOrEqual(60);
  const met = new Set([...ERRORS, ...WARNINGS].map(([code]) => code));
  const ofOtherSchemas = ["BAD_FORMAT", "OUT_OF_RANGE"];
  const ofDryRuns = ["REFUSED", "NOT_INSTALLED", "SERVER_WARNING", "NOT_ASKED"];
  const elsewhere = [...ofOtherSchemas, ...ofDryRuns];
  expect(Object.keys(FINDING_CODES).filter((code) => !elsewhere.includes(code) && !met.has(code))).toEqual([]);
});

test("the good one is good", () => {
  expect(validated(GOOD, SURROUNDINGS)).toMatchObject({ valid: true, errors: [], warnings: [], omitted: 0 });
});

test.each(numbered(ERRORS))("%i: %s at %j is an error", (_, code, path, marked, surroundings) => {
  const { text, line, column } = unmarked(marked);
  const { valid, errors } = validated(text, surroundings);
  expect(valid).toBe(false);
  expect(errors.map((each) => [each.code, each.path, each.line, each.column])).toContainEqual([
    code,
    path,
    line,
    column,
  ]);
  const others = errors.filter((each) => each.code !== code);
  expect(others.map((each) => `${each.code} ${each.path} ${each.message}`)).toEqual([]);
});

test.each(numbered(WARNINGS))("%i: %s at %j is a warning", (_, code, path, marked, surroundings) => {
  const { text, line, column } = unmarked(marked);
  const { valid, errors, warnings } = validated(text, surroundings);
  expect({ valid, errors }).toEqual({ valid: true, errors: [] });
  expect(warnings.map((each) => [each.code, each.path, each.line, each.column])).toContainEqual([
    code,
    path,
    line,
    column,
  ]);
});

test.each([
  [changed("      agentRef:", "      agentId: k8s-agent\n      agentRef:"), 'did you mean "agentRef.name"?'],
  [changed("eventType: pod-restart", "eventType: pod-restrt"), 'did you mean "pod-restart"?'],
  [changed("kagent.dev/v1alpha2", "kagent.dev/v1alpha1"), 'did you mean "kagent.dev/v1alpha2"?'],
  [prompt('"{{ .ResourceName }}"'), "did you mean {{.ResourceName}}?"],
  [prompt('"{{.Event.Message}}"'), "write {{.Message}}"],
  [agent("kagent/k8s-agent"), "write namespace: kagent and name: k8s-agent"],
  [label("team: yes"), "put it in quotes"],
])("what would be right is said: %#", (text, hint) => {
  const { errors, warnings } = validated(text);
  expect([...errors, ...warnings].map(({ message }) => message).join("\n")).toContain(hint);
});

test("all faults are told at once, each with its document and its hook", () => {
  const text = `${changed("name: k8s-agent", "name: a/b")}---\n${changed("pod-restart", "x", name("second"))}---\nkind: Pod\n`;
  const { errors } = validated(text);
  expect(errors.map(({ document, hook, code }) => [document, hook?.name, code])).toEqual([
    [1, "restarts", "BAD_AGENT_NAME"],
    [2, "second", "NOT_SUPPORTED"],
    [3, undefined, "WRONG_KIND"],
  ]);
});

test("one bad document does not hide the others", () => {
  const { errors, hooks } = validated(`a: "\\q"\n---\n${changed("pod-restart", "x")}`);
  expect(errors.map(({ code, document }) => [code, document])).toEqual([
    ["SYNTAX", 1],
    ["NOT_SUPPORTED", 2],
  ]);
  expect(hooks).toEqual([{ namespace: "shop", name: "restarts" }]);
});

test("what is merged and aliased counts as what it stands for", () => {
  const text = `${GOOD.replace("agentRef:", "agentRef: &agent")}    - eventType: oom-kill
      agentRef: *agent
      prompt: "{{.Reason}}"
    - eventType: pod-pending
      agentRef: {<<: *agent, name: other}
      prompt: "{{.Reason}}"
`;
  expect(validated(text)).toMatchObject({ valid: true, warnings: [] });
});

test("a placeholder without quotes is an object to YAML, which is said", () => {
  const { text, line, column } = unmarked(prompt("{§{.ResourceName}}"));
  const { errors } = validated(text);
  expect(errors.map((each) => each.code)).toEqual(["WRONG_TYPE", "UNSUPPORTED_VALUE"]);
  expect(errors[1]).toMatchObject({ line, column, message: expect.stringContaining("needs quotes") });
});

test("khook takes fifty entries and no more", () => {
  const list = GOOD + ENTRY.repeat(49);
  const codes = (text: string) => new Set(validated(text).errors.map(({ code }) => code));
  expect(codes(list)).toEqual(new Set(["DUPLICATE_EVENT_TYPE"]));
  expect(codes(list + ENTRY)).toEqual(new Set(["DUPLICATE_EVENT_TYPE", "TOO_LONG"]));
});

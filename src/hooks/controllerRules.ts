// What khook's own webhook asks of a Hook beyond the schema. What the API server refuses already is not told twice.
import type { FindingCode, Remarks } from "./finding.ts";
import { below, entryOf, type Located, type LocatedObject, textOf } from "./located.ts";
import { promptRemarks } from "./prompt.ts";
import { shown } from "./schemaRules.ts";

const MAX_CONFIGURATIONS = 50;
/** Bytes of UTF-8. */
const MAX_AGENT_NAME = 100;
const AGENT_NAME = /^[A-Za-z0-9_-]*$/;

export function controllerRules(root: LocatedObject, prefix: string, remark: Remarks): void {
  const refuse = (code: FindingCode, at: number, path: string, message: string) =>
    remark({ severity: "error", code, origin: "CONTROLLER", path, at, message: () => message });

  const spec = entryOf(root, "spec");
  const listPath = below(below(prefix, "spec"), "eventConfigurations");
  if (!spec) {
    const at = root.entries.get("spec")?.keyAt ?? root.at;
    refuse("REQUIRED", at, listPath, "spec.eventConfigurations is missing: khook wants at least one entry");
    return;
  }
  const list = entryOf(spec.value, "eventConfigurations");
  if (list?.value.kind !== "list") return;
  const { items } = list.value;
  if (items.length > MAX_CONFIGURATIONS) {
    const message = `has ${items.length} entries: khook takes at most ${MAX_CONFIGURATIONS}`;
    refuse("TOO_LONG", list.keyAt, listPath, message);
  }

  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const path = `${listPath}[${index}]`;
    const eventType = entryOf(item, "eventType")?.value;
    const type = textOf(eventType);
    if (eventType && type !== undefined) {
      const first = seen.get(type);
      if (first === undefined) seen.set(type, index);
      else {
        const message = `${shown(type)} stands in entry ${first} already: khook takes each event type once, so put both prompts into one`;
        refuse("DUPLICATE_EVENT_TYPE", eventType.at, below(path, "eventType"), message);
      }
    }
    judgeAgent(entryOf(entryOf(item, "agentRef")?.value, "name")?.value, below(path, "agentRef.name"), refuse);
    const prompt = entryOf(item, "prompt")?.value;
    const text = textOf(prompt);
    if (!prompt || text === undefined || text === "") continue;
    for (const { severity, code, origin, message } of promptRemarks(text)) {
      remark({ severity, code, origin, path: below(path, "prompt"), at: prompt.at, message: () => message });
    }
  }
}

function judgeAgent(
  name: Located | undefined,
  path: string,
  refuse: (code: FindingCode, at: number, path: string, message: string) => void,
): void {
  const text = textOf(name);
  if (!name || text === undefined || text === "") return; // the schema says so
  const bytes = Buffer.byteLength(text);
  if (text.trim() === "") refuse("BAD_AGENT_NAME", name.at, path, "is blank: name the agent");
  else if (bytes > MAX_AGENT_NAME) {
    refuse("TOO_LONG", name.at, path, `has ${bytes} bytes: khook takes at most ${MAX_AGENT_NAME}`);
  } else if (!AGENT_NAME.test(text)) {
    const apart = /^([a-z0-9-]+)\/([A-Za-z0-9_-]+)$/.exec(text);
    const instead = apart ? `: write namespace: ${apart[1]} and name: ${apart[2]}` : "";
    const message = `${shown(text)} may have letters, digits, '-' and '_' only${instead}`;
    refuse("BAD_AGENT_NAME", name.at, path, message);
  }
}

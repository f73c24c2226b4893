// What the API server asks of an object's metadata: name, namespace, labels, annotations.
// Faults name the fields that it names: of a label it is `metadata.labels`, whichever label it is.
import { didYouMean } from "../events/nearest.ts";
import type { FindingCode, Remarks, Severity } from "./finding.ts";
import { below, entryOf, isNull, type Located, type LocatedEntry, type LocatedObject, typeName } from "./located.ts";
import { shown } from "./schemaRules.ts";

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const KEY = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const MAX_ANNOTATIONS = 256 * 1024;

const FIELDS = [
  "name",
  "generateName",
  "namespace",
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
  // written by the API server, and so in what it gives out
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
];

export function metadataRules(root: LocatedObject, prefix: string, remark: Remarks): void {
  const path = below(prefix, "metadata");
  const say = (code: FindingCode, at: number, where: string, message: string, severity: Severity = "error") =>
    remark({ severity, code, origin: "SCHEMA", path: where, at, message: () => message });

  const entry = entryOf(root, "metadata");
  const metadata = entry?.value;
  if (!entry || !metadata) {
    say(
      "REQUIRED",
      root.entries.get("metadata")?.keyAt ?? root.at,
      below(path, "name"),
      "metadata.name is missing: give the hook a name",
    );
    return;
  }
  if (metadata.kind !== "object") {
    say("WRONG_TYPE", metadata.at, path, `must be an object with name and namespace, not ${typeName(metadata)}`);
    return;
  }
  for (const [key, { keyAt }] of metadata.entries) {
    if (FIELDS.includes(key)) continue;
    const message = `${shown(key)} is no field of metadata and would be dropped${didYouMean(key.slice(0, 64), FIELDS)}`;
    say("UNKNOWN_FIELD", keyAt, below(path, key), message, "warning");
  }

  const name = text("name");
  const namespace = text("namespace");
  const made = text("generateName");
  if (name.value === "" || (name.value === undefined && name.isAbsent)) {
    if (!made.value)
      say("REQUIRED", name.at ?? entry.keyAt, below(path, "name"), "name is missing: give the hook a name");
  } else if (name.value !== undefined) {
    const fault = subdomainFault(name.value);
    if (fault) say("BAD_NAME", name.at ?? entry.keyAt, below(path, "name"), `${shown(name.value)} ${fault}`);
  }
  if (namespace.value) {
    const fault = labelNameFault(namespace.value);
    if (fault)
      say("BAD_NAME", namespace.at ?? entry.keyAt, below(path, "namespace"), `${shown(namespace.value)} ${fault}`);
  }
  if (made.value) {
    const fault = subdomainFault(`${made.value}x`);
    if (fault) say("BAD_NAME", made.at ?? entry.keyAt, below(path, "generateName"), `${shown(made.value)} ${fault}`);
  }
  texts("labels", "BAD_LABEL", (key, value) => keyFault(key) ?? labelValueFault(value));
  const annotations = texts("annotations", "BAD_ANNOTATION", (key) => keyFault(key.toLowerCase()));
  if (annotations.bytes > MAX_ANNOTATIONS) {
    const message = `have ${annotations.bytes} bytes: at most ${MAX_ANNOTATIONS} are allowed`;
    say("TOO_LONG", annotations.at, below(path, "annotations"), message);
  }

  function text(key: string): { readonly value?: string; readonly at?: number; readonly isAbsent: boolean } {
    const found = entryOf(metadata, key);
    if (!found) return { isAbsent: true };
    const { value } = found;
    if (value.kind === "scalar" && typeof value.value === "string") {
      return { value: value.value, at: value.at, isAbsent: false };
    }
    say("WRONG_TYPE", value.at, below(path, key), `must be a string, not ${typeName(value)}${quotes(value)}`);
    return { isAbsent: false };
  }

  function texts(key: string, code: FindingCode, faultOf: (key: string, value: string) => string | undefined) {
    const found = entryOf(metadata, key);
    const where = below(path, key);
    let bytes = 0;
    if (found && found.value.kind !== "object") {
      say("WRONG_TYPE", found.value.at, where, `must be an object of strings, not ${typeName(found.value)}`);
    }
    for (const [name, each] of found?.value.kind === "object" ? found.value.entries : NONE) {
      const value = textOrNull(each);
      if (value === undefined) {
        const message = `${shown(name)} must be a string, not ${typeName(each.value)}${quotes(each.value)}`;
        say("WRONG_TYPE", each.value.at, where, message);
        continue;
      }
      bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
      const fault = faultOf(name, value);
      if (fault) say(code, each.keyAt, where, `${shown(name)}: ${shown(value)}: ${fault}`);
    }
    return { at: found?.keyAt ?? metadata?.at ?? 0, bytes };
  }
}

const NONE: ReadonlyMap<string, LocatedEntry> = new Map();

/** A null is an empty text here. */
function textOrNull({ value }: LocatedEntry): string | undefined {
  if (isNull(value)) return "";
  return value.kind === "scalar" && typeof value.value === "string" ? value.value : undefined;
}

/** YAML reads `true` and `1` as something else than what was meant. */
function quotes(value: Located): string {
  return value.kind === "scalar" && value.value !== null ? `: put it in quotes` : "";
}

function subdomainFault(name: string): string | undefined {
  if (Buffer.byteLength(name) > 253) return "is longer than 253 bytes";
  if (SUBDOMAIN.test(name)) return undefined;
  return "is no name: it must consist of lower case letters, digits, '-' and '.', and begin and end with a letter or digit (web-restarts)";
}

function labelNameFault(name: string): string | undefined {
  if (Buffer.byteLength(name) > 63) return "is longer than 63 bytes";
  if (LABEL.test(name)) return undefined;
  return "is no namespace: it must consist of lower case letters, digits and '-', and begin and end with a letter or digit (shop)";
}

function keyFault(key: string): string | undefined {
  const parts = key.split("/");
  const name = parts.at(-1) ?? "";
  const prefix = parts.length > 1 ? parts[0] : undefined;
  if (parts.length > 2) return "the key must have at most one '/', behind a domain (example.com/name)";
  if (prefix !== undefined && subdomainFault(prefix)) {
    return "what is before the '/' of the key must be a domain in lower case (example.com/name)";
  }
  if (Buffer.byteLength(name) > 63) return "the key's name is longer than 63 bytes";
  if (KEY.test(name)) return undefined;
  return "the key must consist of letters, digits, '-', '_' and '.', and begin and end with a letter or digit";
}

function labelValueFault(value: string): string | undefined {
  if (Buffer.byteLength(value) > 63) return "the value is longer than 63 bytes";
  if (value === "" || KEY.test(value)) return undefined;
  return "the value must consist of letters, digits, '-', '_' and '.', and begin and end with a letter or digit, or be empty";
}

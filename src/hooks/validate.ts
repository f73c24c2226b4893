// A manifest judged: by its text, by the schema of the Hook resource, by khook's rules, by what is around it, and by what the API server says.
// All findings at once, in the order of the text; pure, and in bounded time.

import type { HookDefinition } from "../events/hookDefinition.ts";
import { didYouMean } from "../events/nearest.ts";
import { type ApiServerSays, withApiServer } from "./apiServerRules.ts";
import { controllerRules } from "./controllerRules.ts";
import { type Finding, MAX_FINDINGS, type NamedHook, type Remark, type Remarks } from "./finding.ts";
import { Lint, type Surroundings } from "./lint.ts";
import { below, entryOf, isNull, type LocatedObject, textOf } from "./located.ts";
import type { Manifest, Subject } from "./manifest.ts";
import { metadataRules } from "./metadataRules.ts";
import { schemaRules, shown } from "./schemaRules.ts";
import { readSchema, type StructuralSchema } from "./structuralSchema.ts";

const GROUP = "kagent.dev";
const KIND = "Hook";
const HAVE_RULES_OF_THEIR_OWN = ["apiVersion", "kind", "metadata", "status"];

export interface Validation {
  /** Whether there is no error. */
  readonly valid: boolean;
  /** In the order of the text. */
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** How many findings there are beyond those that are told. */
  readonly omitted: number;
  /** The hooks that were looked at and have a name, in the order of the text. */
  readonly hooks: readonly NamedHook[];
  readonly schema: {
    readonly source: HookDefinition["source"];
    /** `kagent.dev/v1alpha2` */
    readonly apiVersions: readonly string[];
    readonly reason: string | null;
  };
}

export function validateManifest(
  manifest: Manifest,
  definition: HookDefinition,
  surroundings: Surroundings = {},
  apiServer: ReadonlyMap<Subject, ApiServerSays> = new Map(),
): Validation {
  const schemas = new Map(definition.versions.map(({ name, schema }) => [`${GROUP}/${name}`, readSchema(schema)]));
  const lint = new Lint(surroundings, manifest.subjects);
  const errors = new FindingList(manifest);
  const warnings = new FindingList(manifest);
  const keep = (remark: Remark, of: Pick<Finding, "document" | "hook">) =>
    (remark.severity === "error" ? errors : warnings).add(remark, of);

  for (const remark of manifest.remarks) keep(remark, { document: remark.document, hook: null });
  for (const subject of manifest.subjects) {
    const own: Remark[] = [];
    judge(subject, schemas, lint, (remark) => own.push(remark));
    const says = apiServer.get(subject);
    for (const remark of says ? withApiServer(own, subject, says) : own) keep(remark, subject);
  }
  return {
    valid: errors.count === 0,
    errors: errors.inOrder(),
    warnings: warnings.inOrder(),
    omitted: errors.omitted + warnings.omitted,
    hooks: manifest.subjects.flatMap(({ hook }) => hook ?? []),
    schema: { source: definition.source, apiVersions: [...schemas.keys()], reason: definition.reason },
  };
}

function judge(subject: Subject, schemas: ReadonlyMap<string, StructuralSchema>, lint: Lint, remark: Remarks): void {
  const { root, prefix } = subject;
  if (root.kind !== "object") {
    const message = () => "must be an object with apiVersion, kind, metadata and spec";
    remark({ severity: "error", code: "NOT_AN_OBJECT", origin: "TEXT", path: prefix, at: root.at, message });
    return;
  }
  if (!judgeKind(root, prefix, remark)) return;
  const schema = schemaOf(root, prefix, schemas, remark);
  metadataRules(root, prefix, remark);
  /** Fields that are refused already: to say more of one would say the same twice. */
  const refused = new Set<string>();
  const bySchema = (each: Remark) => {
    if (each.severity === "error") refused.add(each.path);
    remark(each);
  };
  if (schema) {
    schemaRules(schema, root, { path: prefix, home: root.at }, bySchema, HAVE_RULES_OF_THEIR_OWN);
    const status = root.entries.get("status");
    if (status && !isNull(status.value)) {
      const message = () => "is dropped when the hook is applied: leave it out";
      remark({
        severity: "warning",
        code: "STATUS_IGNORED",
        origin: "SCHEMA",
        path: below(prefix, "status"),
        at: status.keyAt,
        message,
      });
    }
  }
  controllerRules(root, prefix, (each) => {
    if (each.severity === "warning" || !refused.has(each.path)) remark(each);
  });
  lint.judge(subject, root, (each) => {
    if (!refused.has(each.path)) remark(each);
  });
}

/** Another kind is refused for that alone, and not looked into. */
function judgeKind(root: LocatedObject, prefix: string, remark: Remarks): boolean {
  const kind = entryOf(root, "kind")?.value;
  const say = (code: Remark["code"], at: number, message: () => string) =>
    remark({ severity: "error", code, origin: "SCHEMA", path: below(prefix, "kind"), at, message });
  if (!kind) {
    say("REQUIRED", root.entries.get("kind")?.keyAt ?? root.at, () => `kind is missing: give kind: ${KIND}`);
    return true;
  }
  if (textOf(kind) === KIND) return true;
  const given = kind.kind === "scalar" ? shown(kind.value) : "this";
  say("WRONG_KIND", kind.at, () => `${given} must be ${KIND}: nothing else is looked at here`);
  return false;
}

/** The schema of its version; that of the first version, to find what else is wrong, when it has none. */
function schemaOf(
  root: LocatedObject,
  prefix: string,
  schemas: ReadonlyMap<string, StructuralSchema>,
  remark: Remarks,
): StructuralSchema | undefined {
  const apiVersions = [...schemas.keys()];
  const [first = ""] = apiVersions;
  const given = entryOf(root, "apiVersion")?.value;
  const path = below(prefix, "apiVersion");
  const text = textOf(given);
  if (!given) {
    const at = root.entries.get("apiVersion")?.keyAt ?? root.at;
    const message = () => `apiVersion is missing: give apiVersion: ${first}`;
    remark({ severity: "error", code: "REQUIRED", origin: "SCHEMA", path, at, message });
  } else if (text === undefined || !schemas.has(text)) {
    const value = given.kind === "scalar" ? shown(given.value) : "this";
    const message = () => {
      return `${value} must be ${apiVersions.join(" or ")}${text === undefined ? "" : didYouMean(text.slice(0, 64), apiVersions)}`;
    };
    remark({ severity: "error", code: "WRONG_API_VERSION", origin: "SCHEMA", path, at: given.at, message });
  }
  return schemas.get(text ?? "") ?? schemas.get(first);
}

/** Keeps as many as anybody reads, and counts the others. */
class FindingList {
  readonly #manifest: Manifest;
  readonly #kept: (Finding & { readonly at: number })[] = [];
  count = 0;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  get omitted(): number {
    return this.count - this.#kept.length;
  }

  add({ code, origin, path, at, message }: Remark, { document, hook }: Pick<Finding, "document" | "hook">): void {
    this.count += 1;
    if (this.#kept.length >= MAX_FINDINGS) return;
    this.#kept.push({
      code,
      origin,
      path: path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path,
      message: message(),
      document,
      hook,
      ...this.#manifest.position(at),
      at,
    });
  }

  inOrder(): readonly Finding[] {
    return this.#kept.toSorted((a, b) => a.at - b.at).map(({ at, ...finding }) => finding);
  }
}

/** A key can be as long as the text. */
const MAX_PATH = 300;

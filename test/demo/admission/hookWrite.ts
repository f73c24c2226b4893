// One write of a Hook as a server composes it: admission, ownership, and what storing stamps.
// Promises the answer as text, so that it can be laid beside a recording.
import { goJson, sorted } from "../../../src/demo/admission/goJson.ts";
import { admitHook, type HookWrite } from "../../../src/demo/admission/hookAdmission.ts";
import { hookSchema } from "../../../src/demo/admission/hookCrd.ts";
import { trackUpdate } from "../../../src/demo/admission/managedFields.ts";
import { hookKind } from "../../../src/demo/admission/objectKind.ts";
import type { FieldValidation } from "../../../src/demo/admission/requestObject.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import type { Recording } from "./recording.ts";

export const NOW = new Date("2026-11-23T08:01:24Z");

export interface Answer {
  readonly code: number;
  readonly warnings: readonly string[];
  readonly json: string;
}

/** The write that a recorded POST or PUT asks for. */
export function hookWrite(made: Recording, previous?: KubeObject): HookWrite {
  const [, namespace, name, subresource] = /namespaces\/([^/]+)\/hooks(?:\/([^/]+))?(\/status)?$/.exec(made.path) ?? [];
  const validation = made.query.get("fieldValidation");
  const fieldValidation: FieldValidation = validation === "Strict" || validation === "Ignore" ? validation : "Warn";
  const operation = subresource !== undefined ? "status" : made.method === "POST" ? "create" : "update";
  return {
    operation,
    namespace,
    ...(operation === "create" ? {} : { name }),
    previous,
    fieldValidation,
    schema: hookSchema,
    random: () => 0.5,
  };
}

export function answerOf(object: unknown, write: HookWrite): Answer {
  const admitted = admitHook(object, write);
  const { warnings } = admitted;
  if ("status" in admitted) return { code: admitted.status.code ?? 0, warnings, json: goJson(admitted.status) };
  const owned = trackUpdate(admitted.object, {
    kind: hookKind(write.schema),
    previous: write.previous,
    manager: "realk8s-capture",
    subresource: write.operation === "status" ? "status" : undefined,
    now: NOW,
  });
  const stamped = {
    ...owned,
    metadata: { creationTimestamp: "…", uid: "…", ...owned.metadata, resourceVersion: "…" },
  };
  return { code: write.operation === "create" ? 201 : 200, warnings, json: goJson(sorted(stamped)) };
}

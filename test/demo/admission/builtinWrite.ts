// One write of a built-in object as a server composes it: admission, ownership, and what storing stamps.
// Promises the answer as text, so that it can be laid beside a recording.

import { objectMeta } from "../../../src/demo/admission/builtinTypes.ts";
import { goJson } from "../../../src/demo/admission/goJson.ts";
import { layout } from "../../../src/demo/admission/goStruct.ts";
import { trackUpdate } from "../../../src/demo/admission/managedFields.ts";
import { emptyObject, type ObjectKind, ownVersion } from "../../../src/demo/admission/objectKind.ts";
import type { Admission } from "../../../src/demo/admission/requestObject.ts";
import { apiVersionOf } from "../../../src/demo/admission/requestObject.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import { NOW } from "./hookWrite.ts";

export interface BuiltinAnswer {
  readonly code: number;
  readonly json: string;
  /** What was stored, when something was. */
  readonly stored?: KubeObject;
}

export function builtinAnswer(admitted: Admission, kind: ObjectKind, previous?: KubeObject): BuiltinAnswer {
  if ("status" in admitted) return { code: admitted.status.code ?? 0, json: goJson(admitted.status) };
  const owned = trackUpdate(admitted.object, { kind, previous, manager: "realk8s-capture", now: NOW });
  const metadata = layout(objectMeta)({ creationTimestamp: "…", uid: "…", ...owned.metadata, resourceVersion: "…" });
  const stored = { ...owned, metadata };
  const { show } = ownVersion(kind);
  const shown = { ...emptyObject(kind, ownVersion(kind)), ...show(stored), apiVersion: apiVersionOf(kind.type) };
  return { code: previous === undefined ? 201 : 200, json: goJson(layout(ownVersion(kind).fields)(shown)), stored };
}

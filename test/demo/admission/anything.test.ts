// Whatever a client sends is let in or refused with a Status; nothing it can say breaks the server.
import fc from "fast-check";
import { expect, test } from "vitest";
import { admitEvent } from "../../../src/demo/admission/eventAdmission.ts";
import { fromCore } from "../../../src/demo/admission/eventViews.ts";
import { admitHook } from "../../../src/demo/admission/hookAdmission.ts";
import { hookSchema } from "../../../src/demo/admission/hookCrd.ts";
import { admitLease } from "../../../src/demo/admission/leaseAdmission.ts";
import { trackUpdate } from "../../../src/demo/admission/managedFields.ts";
import { admitNamespace } from "../../../src/demo/admission/namespaceAdmission.ts";
import { coreEventKind, hookKind, type ObjectKind } from "../../../src/demo/admission/objectKind.ts";
import {
  APPLY_PATCH,
  applyPatch,
  JSON_PATCH,
  MERGE_PATCH,
  STRATEGIC_PATCH,
} from "../../../src/demo/admission/patch.ts";
import type { Admission } from "../../../src/demo/admission/requestObject.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import { NOW } from "./hookWrite.ts";
import { recording } from "./recording.ts";

const word = fc.constantFrom(
  ...["apiVersion", "kind", "metadata", "name", "labels", "managedFields", "finalizers", "ownerReferences", "spec"],
  ...[
    "status",
    "eventConfigurations",
    "prompt",
    "series",
    "count",
    "eventTime",
    "involvedObject",
    "fieldsV1",
    "$patch",
  ],
  ...["manager", "operation", "time", "fieldsType", "f:spec", "k:{", "__proto__", "constructor", "x"],
);
const scalar = fc.oneof(
  fc.constantFrom("Hook", "Event", "v1", "kagent.dev/v1alpha2", "Update", "Apply", "FieldsV1", "delete", ""),
  fc.jsonValue({ maxDepth: 0 }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(word, tie("tree"), { maxKeys: 5 }),
  ),
}));
const hook: KubeObject = JSON.parse(recording("141-hook-put-status").answer);
const event = fromCore(JSON.parse(recording("203-event-core-read-as-core").answer));
const namespace: KubeObject = JSON.parse(recording("111-namespace-create").answer);
const lease: KubeObject = JSON.parse(recording("601-lease-create").answer);
const write = { fieldValidation: "Warn", namespace: "kagent", random: () => 0 } as const;
const schema = hookSchema;

function isAnswer(admitted: Admission): boolean {
  if ("status" in admitted) return (admitted.status.code ?? 0) >= 400 && admitted.status.message !== undefined;
  return typeof admitted.object.metadata === "object";
}

/** The given object with parts of it replaced by anything. */
function disturbed(object: KubeObject): fc.Arbitrary<unknown> {
  const metadata = fc.dictionary(word, tree, { maxKeys: 3 }).map((changes) => ({ ...object.metadata, ...changes }));
  return fc.oneof(
    tree,
    fc.dictionary(word, tree, { maxKeys: 3 }).map((changes) => ({ ...object, ...changes })),
    metadata.map((changed) => ({ ...object, metadata: changed })),
  );
}

test("any object is let in or refused by every admission", () => {
  const operation = fc.constantFrom("create", "update", "status");
  fc.assert(
    fc.property(disturbed(hook), operation, (object, how) => {
      const admitted = admitHook(object, { ...write, operation: how, previous: hook, schema });
      expect(isAnswer(admitted)).toBe(true);
      if ("object" in admitted) {
        trackUpdate(admitted.object, { kind: hookKind(schema), previous: hook, manager: "any", now: NOW });
      }
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(disturbed(event), fc.constantFrom("core", "new"), fc.boolean(), (object, view, isNew) => {
      const how = isNew ? ({ operation: "create" } as const) : ({ operation: "update", previous: event } as const);
      expect(isAnswer(admitEvent(object, { ...write, view, ...how, namespace: "shop" }))).toBe(true);
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(disturbed(lease), disturbed(namespace), fc.boolean(), (first, second, isNew) => {
      const how = isNew ? "create" : "update";
      expect(isAnswer(admitLease(first, { ...write, operation: how, previous: lease }))).toBe(true);
      expect(isAnswer(admitNamespace(second, { ...write, operation: how, previous: namespace }))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("any patch is applied or refused", () => {
  const operation = fc.record(
    {
      op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "x"),
      path: fc.constantFrom("", "/", "/metadata", "/metadata/labels/x", "/spec/eventConfigurations/0", "/spec/-", "x"),
      from: fc.constantFrom("", "/metadata", "/spec/eventConfigurations"),
      value: tree,
    },
    { requiredKeys: ["op", "path"] },
  );
  const body = fc.oneof(tree, fc.array(operation, { maxLength: 4 })).map((value) => JSON.stringify(value));
  const kinds: readonly (readonly [ObjectKind, KubeObject])[] = [
    [hookKind(schema), hook],
    [coreEventKind, event],
  ];
  const types = fc.constantFrom(JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH);
  fc.assert(
    fc.property(fc.oneof(body, fc.string()), types, fc.constantFrom(...kinds), (text, type, [kind, current]) => {
      const { name, namespace: place } = current.metadata;
      const fieldManager = type === APPLY_PATCH ? "any" : undefined;
      const how = { kind, place: { name, namespace: place }, fieldManager, force: undefined, now: NOW };
      const result = applyPatch(type, current, text, how);
      expect("object" in result ? typeof result.object.metadata : typeof result.status.message).toMatch(
        /object|string/,
      );
    }),
    { numRuns: 1000 },
  );
});

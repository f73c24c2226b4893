// Leases and Namespaces as a real API server took or refused them.
import { describe, expect, test } from "vitest";
import { admitLease, type LeaseWrite } from "../../../src/demo/admission/leaseAdmission.ts";
import { admitNamespace } from "../../../src/demo/admission/namespaceAdmission.ts";
import { leaseKind, namespaceKind } from "../../../src/demo/admission/objectKind.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import { builtinAnswer } from "./builtinWrite.ts";
import { normalised, type Recording, recording } from "./recording.ts";

function leaseWrite(made: Recording, previous?: KubeObject): LeaseWrite {
  const [, namespace, name] = /namespaces\/([^/]+)\/leases(?:\/([^/]+))?$/.exec(made.path) ?? [];
  const operation = made.method === "POST" ? "create" : "update";
  return { operation, namespace, ...(name === undefined ? {} : { name }), previous, fieldValidation: "Warn" };
}

describe("a Lease", () => {
  const created: KubeObject = JSON.parse(recording("601-lease-create").answer);
  const updated: KubeObject = JSON.parse(recording("603-lease-update").answer);
  test.each([
    ["601-lease-create", undefined],
    ["603-lease-update", created],
    ["604-lease-update-stale-409", updated],
    ["605-lease-422", undefined],
    ["606-lease-renewTime-without-micros", updated],
  ])("is answered as recorded in %s", (name, previous) => {
    const made = recording(name);
    const answer = builtinAnswer(admitLease(JSON.parse(made.body), leaseWrite(made, previous)), leaseKind, previous);
    expect(normalised(answer.json)).toBe(normalised(made.answer));
    expect(answer.code).toBe(made.code);
  });

  test("is only updated on top of a named state", () => {
    const made = recording("606-lease-renewTime-without-micros");
    const body = { ...JSON.parse(made.body), spec: {} };
    expect(admitLease(body, leaseWrite(made, updated))).toMatchObject({
      status: { code: 422, details: { kind: "leases", causes: [{ field: "metadata.resourceVersion" }] } },
    });
  });
});

describe("a Namespace", () => {
  test.each(["111-namespace-create", "200-namespaces"])("is answered as recorded in %s", (name) => {
    const made = recording(name);
    const admitted = admitNamespace(JSON.parse(made.body), { operation: "create", fieldValidation: "Warn" });
    expect(normalised(builtinAnswer(admitted, namespaceKind).json)).toBe(normalised(made.answer));
  });

  test("may not have dots in its name", () => {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a.b" } };
    expect(admitNamespace(body, { operation: "create", fieldValidation: "Warn" })).toMatchObject({
      status: {
        code: 422,
        message: 'Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots',
      },
    });
  });

  test("keeps its phase whatever an update says", () => {
    const previous: KubeObject = JSON.parse(recording("111-namespace-create").answer);
    const changed = {
      ...previous,
      metadata: { ...previous.metadata, labels: { team: "a" } },
      status: { phase: "Gone" },
    };
    expect(
      admitNamespace(changed, { operation: "update", name: "kagent", previous, fieldValidation: "Warn" }),
    ).toMatchObject({
      object: { metadata: { labels: { team: "a", "kubernetes.io/metadata.name": "kagent" } }, status: previous.status },
    });
  });
});

// The reviews: questions to the API server about who somebody is and what somebody may do.
// Promises 201 with a status for every question that can be asked at all, also when the answer is no.

import type { JsonObject } from "../admission/fieldType.ts";
import { isJsonObject } from "../admission/fieldType.ts";
import type { StatusCause } from "../kubeObject.ts";
import type { Access, Attributes, User } from "./access.ts";
import { badRequest, invalid, invalidField } from "./statusError.ts";

export interface ReviewCall {
  readonly access: Access;
  readonly caller: User;
  readonly namespace: string | undefined;
  readonly body: JsonObject;
  readonly manager: string;
  /** `2026-11-23T08:03:06Z` */
  readonly now: string;
}

type Review = (call: ReviewCall) => unknown;

/** By group and plural name. */
export const REVIEWS: Readonly<Record<string, Review>> = {
  "authentication.k8s.io/tokenreviews": tokenReview,
  "authentication.k8s.io/selfsubjectreviews": selfSubjectReview,
  "authorization.k8s.io/subjectaccessreviews": (call) => accessReview(call, "SubjectAccessReview", subjectOf),
  "authorization.k8s.io/localsubjectaccessreviews": (call) => accessReview(call, "LocalSubjectAccessReview", subjectOf),
  "authorization.k8s.io/selfsubjectaccessreviews": (call) =>
    accessReview(call, "SelfSubjectAccessReview", () => call.caller),
  "authorization.k8s.io/selfsubjectrulesreviews": rulesReview,
};

const AUTHENTICATION = "authentication.k8s.io/v1";
const AUTHORIZATION = "authorization.k8s.io/v1";

function tokenReview(call: ReviewCall): unknown {
  const spec = objectAt(call.body, "spec");
  const token = textAt(spec, "token");
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const audiences = textsAt(spec, "audiences");
  const found = call.access.authenticate(token, audiences.length === 0 ? undefined : audiences);
  const status =
    "error" in found
      ? { user: {}, error: found.error }
      : { authenticated: true, user: shownUser(found.user), audiences: found.audiences };
  return {
    kind: "TokenReview",
    apiVersion: AUTHENTICATION,
    metadata: metadataOf(call, AUTHENTICATION, spec),
    spec: { token, ...(audiences.length === 0 ? {} : { audiences }) },
    status,
  };
}

function selfSubjectReview(call: ReviewCall): unknown {
  return {
    kind: "SelfSubjectReview",
    apiVersion: AUTHENTICATION,
    metadata: { creationTimestamp: call.now },
    status: { userInfo: shownUser(call.caller) },
  };
}

const ATTRIBUTES = ["namespace", "verb", "group", "version", "resource", "subresource", "name"];

function accessReview(call: ReviewCall, kind: string, subject: (spec: JsonObject) => User): unknown {
  const spec = objectAt(call.body, "spec");
  const resource = "resourceAttributes" in spec ? objectAt(spec, "resourceAttributes") : undefined;
  const path = "nonResourceAttributes" in spec ? objectAt(spec, "nonResourceAttributes") : undefined;
  checkAccessReview(spec, kind, resource, path);
  const user = subject(spec);
  const attributes: Attributes =
    resource === undefined
      ? { verb: textAt(path ?? {}, "verb"), path: textAt(path ?? {}, "path") }
      : {
          verb: textAt(resource, "verb"),
          group: textAt(resource, "group"),
          resource: textAt(resource, "resource"),
          subresource: textAt(resource, "subresource") || undefined,
          namespace: textAt(resource, "namespace"),
          name: textAt(resource, "name"),
        };
  const decision = call.access.decide(user, attributes);
  const isSelf = kind === "SelfSubjectAccessReview";
  return {
    kind,
    apiVersion: AUTHORIZATION,
    metadata: metadataOf(call, AUTHORIZATION, spec),
    spec: {
      ...(resource === undefined ? {} : { resourceAttributes: picked(resource, ATTRIBUTES) }),
      ...(path === undefined ? {} : { nonResourceAttributes: picked(path, ["path", "verb"]) }),
      ...(isSelf ? {} : picked(spec, ["user", "groups", "extra", "uid"])),
    },
    status: decision,
  };
}

function checkAccessReview(
  spec: JsonObject,
  kind: string,
  resource: JsonObject | undefined,
  path: JsonObject | undefined,
): void {
  const causes: StatusCause[] = [];
  if (resource !== undefined && path !== undefined) {
    const given = { Path: textAt(path, "path"), Verb: textAt(path, "verb") };
    causes.push(
      invalidField("spec.nonResourceAttributes", given, "cannot be specified in combination with resourceAttributes"),
    );
  }
  if (resource === undefined && path === undefined) {
    causes.push(
      invalidField(
        "spec.resourceAttributes",
        null,
        "exactly one of nonResourceAttributes or resourceAttributes must be specified",
      ),
    );
  }
  const isAboutSelf = kind === "SelfSubjectAccessReview";
  if (!isAboutSelf && textAt(spec, "user") === "" && textsAt(spec, "groups").length === 0) {
    causes.push(invalidField("spec.user", "", "at least one of user or group must be specified"));
  }
  // The real text names no kind.
  if (causes.length > 0) throw invalid({ group: "authorization.k8s.io", resource: "" }, "", causes);
}

/** For `kubectl auth can-i --list`: that the table of rules is not listed is said, not hidden. */
function rulesReview(call: ReviewCall): unknown {
  const spec = objectAt(call.body, "spec");
  const isAdmin = call.caller.groups.includes("system:masters");
  return {
    kind: "SelfSubjectRulesReview",
    apiVersion: AUTHORIZATION,
    metadata: {},
    spec,
    status: {
      resourceRules: isAdmin ? [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }] : [],
      nonResourceRules: isAdmin ? [{ verbs: ["*"], nonResourceURLs: ["*"] }] : [],
      incomplete: !isAdmin,
    },
  };
}

function subjectOf(spec: JsonObject): User {
  return { username: textAt(spec, "user"), groups: textsAt(spec, "groups") };
}

function shownUser(user: User): unknown {
  const { username, uid, groups, extra } = user;
  return { username, ...(uid === undefined ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) };
}

/** Reviews are never stored, yet say who asked: an entry for everything given under `spec`. */
function metadataOf(call: ReviewCall, apiVersion: string, spec: JsonObject): unknown {
  const entry = {
    manager: call.manager,
    operation: "Update",
    apiVersion,
    time: call.now,
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": givenFields(spec) },
  };
  return { ...(call.namespace === undefined ? {} : { namespace: call.namespace }), managedFields: [entry] };
}

function givenFields(value: JsonObject): Record<string, unknown> {
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== "" && inner !== null)
    .map(([key, inner]): [string, unknown] => [
      `f:${key}`,
      isJsonObject(inner) ? { ".": {}, ...givenFields(inner) } : {},
    ]);
  return Object.fromEntries(entries.sort(([first], [second]) => (first < second ? -1 : 1)));
}

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isJsonObject(value) ? value : {};
}

function textAt(parent: JsonObject, key: string): string {
  const value = parent[key];
  return typeof value === "string" ? value : "";
}

function textsAt(parent: JsonObject, key: string): string[] {
  const value = parent[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function picked(source: JsonObject, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    keys.filter((key) => source[key] !== undefined && source[key] !== "").map((key) => [key, source[key]]),
  );
}

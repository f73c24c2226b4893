// Rights as rendered Roles give them to the gateway's account, and calls as an API server has seen them.
// A right is one verb on one resource, so that each can be asked for: who used it?
import type { Rule, User } from "../../src/demo/server/access.ts";
import type { RecordedRequest } from "../../src/demo/server/requestLog.ts";
import { at, listAt, type Manifest, textAt } from "./manifest.ts";

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** undefined: everywhere. */
  readonly namespace: string | undefined;
  /** undefined: whatever it is called. */
  readonly name: string | undefined;
}

/** The account that the bindings are for. */
export function accountOf(manifests: readonly Manifest[]): User {
  const binding = manifests.find(({ kind }) => kind === "ClusterRoleBinding");
  const [subject] = listAt(binding, "subjects");
  return {
    username: `system:serviceaccount:${textAt(subject, "namespace")}:${textAt(subject, "name")}`,
    groups: ["system:serviceaccounts", "system:authenticated"],
  };
}

export function rightsOf(manifests: readonly Manifest[], { username }: User): readonly Right[] {
  return manifests
    .filter(({ kind }) => /^(?:Cluster)?RoleBinding$/.test(kind))
    .filter((binding) => listAt(binding, "subjects").some((subject) => username === nameOf(subject)))
    .flatMap((binding) => {
      const { namespace } = binding.metadata;
      const role = manifests.find(
        ({ kind, metadata }) =>
          kind === at(binding, "roleRef.kind") &&
          metadata.name === at(binding, "roleRef.name") &&
          metadata.namespace === namespace,
      );
      if (!role) throw new Error(`${binding.metadata.name} binds a role that there is not`);
      return listAt(role, "rules").flatMap((rule) => rightsIn(rule, namespace));
    });
}

/** As the embedded API server keeps to them. */
export function asRule({ verb, group, resource, namespace, name }: Right, { username }: User): Rule {
  return {
    users: [username],
    verbs: [verb],
    apiGroups: [group],
    resources: [resource],
    ...(namespace === undefined ? {} : { namespaces: [namespace] }),
    ...(name === undefined ? {} : { names: [name] }),
  };
}

export function covers(right: Right, call: RecordedRequest): boolean {
  return (
    right.verb === call.verb &&
    right.group === call.group &&
    right.resource === call.resource &&
    (right.namespace === undefined || right.namespace === call.namespace) &&
    (right.name === undefined || right.name === nameAskedFor(call))
  );
}

/** A list by the name of one counts as asking for that one. */
function nameAskedFor({ name, query }: RecordedRequest): string | undefined {
  return name ?? /^metadata\.name=([^,]+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
}

function nameOf(subject: unknown): string {
  return `system:serviceaccount:${textAt(subject, "namespace")}:${textAt(subject, "name")}`;
}

function rightsIn(rule: unknown, namespace: string | undefined): readonly Right[] {
  const names = listAt(rule, "resourceNames");
  return listAt(rule, "verbs").flatMap((verb) =>
    listAt(rule, "apiGroups").flatMap((group) =>
      listAt(rule, "resources").flatMap((resource) =>
        (names.length > 0 ? names : [undefined]).map((name) => ({
          verb: String(verb),
          group: String(group),
          resource: String(resource),
          namespace,
          name: name === undefined ? undefined : String(name),
        })),
      ),
    ),
  );
}

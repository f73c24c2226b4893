// PATCH: the stored object and a patch, merged, then admitted and kept like any other write.
// Promises 201 when an apply makes the object, 200 otherwise.

import { applyPatch } from "../admission/patch.ts";
import { admit, kindOf } from "./admitted.ts";
import type { Call } from "./api.ts";
import { namespaceOf } from "./reading.ts";
import type { Reply } from "./reply.ts";
import { mediaType } from "./requestBody.ts";
import { methodNotAllowed, StatusError } from "./statusError.ts";
import { bodyOf } from "./wire.ts";
import { created, replaced } from "./writing.ts";

export async function patched(call: Call): Promise<Reply> {
  const { route, resource, request, query, storage, now } = call;
  const { name, subresource } = route;
  if (name === undefined) throw methodNotAllowed();
  const body = await bodyOf(request);
  const namespace = namespaceOf(call);
  const previous = storage.get(resource.storage, namespace, name);
  const force = query.get("force");
  const type = mediaType(request);
  const isApply = type === "application/apply-patch+yaml";
  const merged = applyPatch(type, previous, body.toString(), {
    kind: kindOf(call),
    place: { namespace, name },
    fieldManager: isApply ? (query.get("fieldManager") ?? undefined) : call.manager,
    force: force === null ? undefined : force === "true",
    subresource,
    now: now(),
  });
  if ("status" in merged) throw new StatusError(merged.status);
  // An apply has settled who owns what; every other patch is owned like an update.
  const manager = isApply ? undefined : call.manager;
  if (previous === undefined) return created(call, admit(call, merged.object, "create"), manager);
  const operation = subresource === "status" ? "status" : "update";
  return replaced(call, admit(call, merged.object, operation, previous), previous, manager);
}

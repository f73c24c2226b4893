// get, list and watch of a resource.
// Promises that nothing here changes anything.
import type { Call } from "./api.ts";
import { list } from "./list.ts";
import { lineSink, listReply, objectReply, type Reply, type WatchReply } from "./reply.ts";
import { both, fieldSelector, labelSelector, type Selector } from "./selectors.ts";
import { notFound } from "./statusError.ts";
import { checkWatch, watch } from "./watch.ts";

export function read(call: Call): Reply | WatchReply {
  const { route, resource, storage, query, form, now } = call;
  if (route.name !== undefined && route.verb !== "watch") return get(call);
  const accepts = selectorOf(call);
  if (route.verb === "list") {
    const { metadata, items } = list(storage, resource, route.namespace, query, accepts);
    return listReply(resource, metadata, items, form, now());
  }
  const lifetimeMs = call.watchLifetimeMs();
  const request = { storage, resource, namespace: namespaceOf(call), query, accepts, lifetimeMs };
  // What cannot be watched is refused before the answer has begun.
  checkWatch(query);
  return { resource, start: (line, end) => watch(request, lineSink(resource, form, now, line, end)) };
}

function get(call: Call): Reply {
  const { route, resource, storage, form, now } = call;
  const name = route.name ?? "";
  const stored = storage.get(resource.storage, namespaceOf(call), name);
  if (stored === undefined) throw notFound(resourceName(call), name);
  return objectReply(200, resource, stored, form, now());
}

/** Both selectors of the query, and the name that the old watch path may hold. */
export function selectorOf(call: Call): Selector | undefined {
  const { query, resource, route } = call;
  const labels = labelSelector(query.get("labelSelector") ?? undefined);
  const fields = fieldSelector(query.get("fieldSelector") ?? undefined, resource.fields);
  const { name } = route;
  const named =
    name === undefined ? undefined : (object: { metadata: { name?: string } }) => object.metadata.name === name;
  return both(both(labels, fields), named);
}

/** Undefined for what is in no namespace, also where the path of a namespace repeats its name. */
export function namespaceOf(call: Call): string | undefined {
  return call.resource.namespaced ? call.route.namespace : undefined;
}

export function resourceName(call: Call): { group: string; resource: string } {
  return { group: call.resource.group, resource: call.resource.plural };
}

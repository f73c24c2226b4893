// What the API makes of a request, before it is on its way out.
// Promises to say which form and which headers; nothing here touches a socket.

import { toTable } from "../admission/tables.ts";
import type { KubeObject, KubeStatus } from "../kubeObject.ts";
import type { Form } from "./accept.ts";
import type { ApiResource } from "./resources.ts";
import type { WatchSink } from "./watch.ts";
import { encoded, type ListMeta, listMeta, partial, shown, shownList } from "./wire.ts";

export interface Reply {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

/** A watch: `start` sends its lines until the returned function is called. */
export interface WatchReply {
  readonly resource: ApiResource;
  readonly start: (line: (text: string) => void, end: () => void) => () => void;
}

export function reply(code: number, value: unknown, form?: Form): Reply {
  const isYaml = form?.yaml === true;
  return {
    code,
    headers: isYaml ? { "Content-Type": "application/yaml" } : {},
    body: encoded(value, { yaml: isYaml }),
  };
}

export function textReply(code: number, body: string): Reply {
  return {
    code,
    headers: { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
    body,
  };
}

export function statusReply(status: KubeStatus, code = status.code ?? 200): Reply {
  return reply(code, status);
}

/** One stored object in the form asked for. */
export function objectReply(code: number, resource: ApiResource, stored: KubeObject, form: Form, now: Date): Reply {
  return reply(code, objectIn(resource, stored, form, now), form);
}

export function objectIn(resource: ApiResource, stored: KubeObject, form: Form, now: Date): unknown {
  switch (form.as) {
    case "table":
      return table(resource, { resourceVersion: stored.metadata.resourceVersion ?? "" }, [stored], now);
    case "metadata":
      return partial(stored);
    case "object":
      return shown(resource, stored);
  }
}

export function listReply(
  resource: ApiResource,
  metadata: ListMeta,
  items: readonly KubeObject[],
  form: Form,
  now: Date,
): Reply {
  switch (form.as) {
    case "table":
      return reply(200, table(resource, metadata, items, now), form);
    case "metadata":
      return reply(
        200,
        {
          kind: "PartialObjectMetadataList",
          apiVersion: "meta.k8s.io/v1",
          metadata: listMeta(metadata),
          items: items.map(partial),
        },
        form,
      );
    case "object":
      return reply(200, shownList(resource, metadata, items), form);
  }
}

function table(resource: ApiResource, metadata: ListMeta, items: readonly KubeObject[], now: Date): unknown {
  return { ...toTable(resource, items, now), metadata: listMeta(metadata) };
}

/** Turns the objects of a watch into lines of text in the form asked for. */
export function lineSink(
  resource: ApiResource,
  form: Form,
  now: () => Date,
  line: (text: string) => void,
  end: () => void,
): WatchSink {
  let isFirst = true;
  return {
    object(type, stored) {
      let object = objectIn(resource, stored, form, now());
      // Columns are described once; every later line refers to them.
      if (form.as === "table" && !isFirst) object = { ...Object(object), columnDefinitions: null };
      isFirst = false;
      line(encoded({ type, object }));
    },
    plain(type, object) {
      line(encoded({ type, object }));
    },
    end,
  };
}

// A running API server with a few events and hooks in it, for tests that make it misbehave or look at one thing.
// Promises its own storage and clock; ends when disposed of.
import { randomUUID } from "node:crypto";
import { fromCore } from "../../../src/demo/admission/eventViews.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import { ADMIN_TOKEN } from "../../../src/demo/server/access.ts";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../../../src/demo/server/server.ts";
import { Storage } from "../../../src/demo/server/storage.ts";
import { ask, type Response } from "./recording.ts";
import { WireWatch } from "./wireWatch.ts";

export const EVENTS = "/apis/events.k8s.io/v1/namespaces/shop/events";
export const HOOKS = "/apis/kagent.dev/v1alpha2/namespaces/shop/hooks";
const ADMIN = { Authorization: `Bearer ${ADMIN_TOKEN}` };

export class Rig implements AsyncDisposable {
  readonly storage: Storage;
  readonly server: ApiServer;
  /** Milliseconds that the server's clock is ahead. */
  private readonly clock: { ahead: number };

  private constructor(storage: Storage, server: ApiServer, clock: { ahead: number }) {
    this.storage = storage;
    this.server = server;
    this.clock = clock;
  }

  static async start(options: Partial<ApiServerOptions> = {}): Promise<Rig> {
    const clock = { ahead: 0 };
    const now = () => new Date(Date.now() + clock.ahead);
    const storage = new Storage({ now, eventTtlMs: 3_600_000, uid: randomUUID });
    const { signal } = new AbortController();
    const server = await startApiServer({ storage, signal, now, expiryEveryMs: 20, terminationMs: 20, ...options });
    storage.create("namespaces", { kind: "Namespace", apiVersion: "v1", metadata: { name: "shop" } });
    return new Rig(storage, server, clock);
  }

  later(milliseconds: number): void {
    this.clock.ahead += milliseconds;
  }

  event(name: string, fields: Readonly<Record<string, unknown>> = {}): KubeObject {
    return this.storage.create("events", event(name, fields));
  }

  hook(name: string, labels: Readonly<Record<string, string>> = {}): KubeObject {
    return this.storage.create("hooks", hook(name, labels));
  }

  ask(path: string, more: Partial<Parameters<typeof ask>[1]> = {}): Promise<Response> {
    return ask(this.server.url, { method: "GET", path, ...more, headers: { ...ADMIN, ...more.headers } });
  }

  async json(path: string, more: Partial<Parameters<typeof ask>[1]> = {}) {
    return JSON.parse((await this.ask(path, more)).body.toString());
  }

  send(method: string, path: string, value: unknown, type = "application/json"): Promise<Response> {
    return this.ask(path, { method, body: JSON.stringify(value), headers: { "Content-Type": type } });
  }

  /** A watch that has begun. */
  async watch(path: string, query: Readonly<Record<string, string>> = {}): Promise<WireWatch> {
    const watch = this.open(path, { watch: "true", ...query });
    return watch.until(() => watch.status !== undefined);
  }

  open(path: string, query: Readonly<Record<string, string>> = {}): WireWatch {
    return new WireWatch(this.server.url, `${path}?${new URLSearchParams(query)}`, ADMIN);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}

export function event(name: string, fields: Readonly<Record<string, unknown>> = {}): KubeObject {
  return fromCore({
    kind: "Event",
    apiVersion: "v1",
    metadata: { name, namespace: "shop" },
    involvedObject: { kind: "Pod", namespace: "shop", name: "web-1" },
    reason: "BackOff",
    message: "Back-off restarting failed container",
    type: "Warning",
    ...fields,
  });
}

export function hook(name: string, labels: Readonly<Record<string, string>> = {}): KubeObject {
  return {
    apiVersion: "kagent.dev/v1alpha2",
    kind: "Hook",
    metadata: { name, namespace: "shop", labels },
    spec: { eventConfigurations: [{ eventType: "pod-restart", agentRef: { name: "agent" }, prompt: "Look." }] },
  };
}

/** The types and names in the lines of a watch: `ADDED web-1.a`. */
export function told(watch: WireWatch): string[] {
  return watch.lines.map((line) => {
    const { type, object } = JSON.parse(line);
    return `${type} ${object.metadata?.name ?? object.reason ?? ""}`.trim();
  });
}

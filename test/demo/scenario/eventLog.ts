// A sink that keeps what recorders send, in the form they send it, for tests.
// Promises the answers of an API server: no second create of a name, no patch of what is not there.
import type {
  CoreEvent,
  EventPatch,
  EventSink,
  NewEvent,
  ObjectReference,
} from "../../../src/demo/scenario/eventDraft.ts";

export const POD: ObjectReference = {
  kind: "Pod",
  namespace: "shop",
  name: "web-1",
  uid: "9c0b7a54-6d5c-4a8e-9f0e-6b1f6b2b7a11",
  apiVersion: "v1",
  fieldPath: "spec.containers{web}",
};

export class EventLog implements EventSink {
  readonly objects = new Map<string, CoreEvent | NewEvent>();
  readonly writes: string[] = [];

  create(event: CoreEvent | NewEvent): boolean {
    if (this.objects.has(event.metadata.name)) return false;
    this.objects.set(event.metadata.name, event);
    this.writes.push("create");
    return true;
  }

  patch(_namespace: string, name: string, patch: EventPatch): boolean {
    const event = this.objects.get(name);
    if (event === undefined) return false;
    // A patch names fields of the view that its recorder made.
    this.objects.set(name, { ...event, ...patch } as CoreEvent | NewEvent);
    this.writes.push("patch");
    return true;
  }

  get core(): readonly CoreEvent[] {
    return [...this.objects.values()].filter((event) => event.apiVersion === "v1");
  }

  get series(): readonly NewEvent[] {
    return [...this.objects.values()].filter((event) => event.apiVersion === "events.k8s.io/v1");
  }
}

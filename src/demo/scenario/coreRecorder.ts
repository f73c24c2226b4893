// The recorder of client-go's tools/record, which kubelet, most controllers and khook use (core/v1 Events).
// Promises: a repeat patches count, lastTimestamp and message of the same object; eventTime stays null; an object that
// is gone is made anew under its old name with the count so far.
import { Correlator, type CorrelatorLimits, type Occurrence } from "./correlator.ts";
import type { CoreEvent, EventLevel, EventSink, EventSource, ObjectReference } from "./eventDraft.ts";
import { eventName, eventNamespace } from "./eventDraft.ts";
import { kubeTime } from "./kubeTime.ts";
import type { Random } from "./random.ts";

export interface CoreRecorderOptions {
  readonly source: EventSource;
  readonly sink: EventSink;
  readonly now: () => number;
  readonly random: Random;
  readonly limits?: CorrelatorLimits;
}

export class CoreRecorder {
  private readonly options: CoreRecorderOptions;
  private readonly correlator: Correlator;

  constructor(options: CoreRecorderOptions) {
    this.options = options;
    this.correlator = new Correlator(options.limits);
  }

  normal(about: ObjectReference, reason: string, message: string): void {
    this.record(about, "Normal", reason, message);
  }

  warning(about: ObjectReference, reason: string, message: string): void {
    this.record(about, "Warning", reason, message);
  }

  private record(about: ObjectReference, type: EventLevel, reason: string, message: string): void {
    const { source, sink, random } = this.options;
    const now = this.options.now();
    const nanos = random.integer(0, 999_999);
    const occurrence: Occurrence = {
      name: eventName(about, now, nanos),
      namespace: eventNamespace(about),
      about,
      type,
      reason,
      message,
      source,
      reportingComponent: source.component,
      reportingInstance: source.host ?? "",
      first: now,
      last: now,
      count: 1,
    };
    const sent = this.correlator.correlate(occurrence, nanos);
    if (sent === undefined) return;
    const patched = sent.count > 1 && sink.patch(sent.namespace, sent.name, patchOf(sent), now);
    // An Event of that name already there is the server's "already exists", after which client-go does not retry.
    if (!patched) sink.create(eventOf(sent), now);
  }
}

function patchOf(sent: Occurrence): Pick<CoreEvent, "count" | "lastTimestamp" | "message"> {
  return { count: sent.count, lastTimestamp: kubeTime(sent.last), message: sent.message };
}

function eventOf(sent: Occurrence): CoreEvent {
  return {
    kind: "Event",
    apiVersion: "v1",
    metadata: { name: sent.name, namespace: sent.namespace },
    involvedObject: sent.about,
    reason: sent.reason,
    message: sent.message,
    source: sent.source,
    firstTimestamp: kubeTime(sent.first),
    lastTimestamp: kubeTime(sent.last),
    count: sent.count,
    type: sent.type,
    eventTime: null,
    reportingComponent: sent.reportingComponent,
    reportingInstance: sent.reportingInstance,
  };
}

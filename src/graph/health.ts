// Health as the graph shows it: the domain's words (events/health.ts) with their meaning.
// The values come from whoever watches over the gateway; nothing is worked out here.
import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import {
  type ControllerHealth,
  HEALTH_STATUSES,
  type Health,
  type HealthStatus,
  type KagentHealth,
  type Lag,
  type LeaseInfo,
  type PartHealth,
  type PipelineHealth,
  type ProcessHealth,
  type RestartCount,
  type ServerHealth,
  type SourceHealth,
  type StoreHealth,
  type WatchHealth,
} from "../events/health.ts";
import type { Instant } from "../events/time.ts";
import { DateTime } from "./scalars.ts";

export const HealthStatusEnum = Object.fromEntries(HEALTH_STATUSES.map((status) => [status, status]));
registerEnumType(HealthStatusEnum, {
  name: "HealthStatus",
  description: "How something is doing.",
  valuesConfig: {
    HEALTHY: { description: "As it should be." },
    DEGRADED: { description: "Something is wrong, and the gateway does its work as far as that lets it." },
    UNHEALTHY: { description: "It cannot do its work: events may be missed, or cannot be stored or read." },
    DISABLED: { description: "It is not configured. Does not count against the whole." },
    UNKNOWN: { description: "It cannot be told. Does not count against the whole." },
  },
});

@ObjectType()
abstract class Part implements PartHealth {
  @Field(() => HealthStatusEnum, { description: "How it is doing." })
  readonly status: HealthStatus = "UNKNOWN";

  @Field(() => DateTime, { description: "Since when the status has been the same." })
  readonly since: Instant = 0;

  @Field(() => String, { description: "Why, in words for people." })
  readonly message: string = "";
}

@ObjectType("ServerHealth", { simpleResolvers: true, description: "The gateway's own API server." })
abstract class ServerType extends Part implements ServerHealth {
  @Field(() => String, { description: "Version of the gateway." })
  readonly version: string = "";

  @Field(() => DateTime, { description: "When it was started." })
  readonly startedAt: Instant = 0;

  @Field(() => Float, { description: "For how long it has been running, in seconds." })
  readonly uptimeSeconds: number = 0;
}

@ObjectType("RestartCount", {
  simpleResolvers: true,
  description: "How often a watch had to begin again for one reason.",
})
abstract class RestartCountType implements RestartCount {
  @Field(() => String, {
    description:
      "The reason: `ended` is routine, `expired` normal for Events, `silent` a connection that was dead without a word.",
  })
  readonly reason: string = "";

  @Field(() => Int, { description: "How often, since the gateway was started." })
  readonly count: number = 0;
}

@ObjectType("WatchHealth", { simpleResolvers: true, description: "One watch of the Kubernetes API." })
export abstract class WatchType extends Part implements WatchHealth {
  @Field(() => String, { description: "Path at the API server: `/apis/events.k8s.io/v1/events`." })
  readonly path: string = "";

  @Field(() => String, {
    description:
      "What it does: `STARTING`, `LISTING`, `WATCHING`, `WAITING` (to try again), `ABSENT` (no such resource), `FORBIDDEN`, `UNCONFIGURED`, `STOPPED`.",
  })
  readonly phase: string = "";

  @Field(() => Boolean, { description: "Whether its first list is done." })
  readonly synced: boolean = false;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the API server last sent anything; null before the first time.",
  })
  readonly lastActivityAt: Instant | null = null;

  @Field(() => String, { nullable: true, description: "The resource version it would go on from; opaque." })
  readonly resourceVersion: string | null = null;

  @Field(() => Float, {
    nullable: true,
    description: "How long ago that was told, in seconds. Old is normal in a quiet cluster.",
  })
  readonly resourceVersionAgeSeconds: number | null = null;

  @Field(() => Int, { description: "Lists done since the start; more than one means that it had to begin afresh." })
  readonly listsDone: number = 0;

  @Field(() => Int, { description: "Watches opened since the start. The API server ends each after a while." })
  readonly watchesOpened: number = 0;

  @Field(() => [RestartCountType], {
    description: "Why it had to begin again, by reason; reasons that did not occur are left out.",
  })
  readonly restarts: readonly RestartCount[] = [];

  @Field(() => String, { nullable: true, description: "What last went wrong; it stays after recovery." })
  readonly lastError: string | null = null;

  @Field(() => DateTime, { nullable: true, description: "When that was." })
  readonly lastErrorAt: Instant | null = null;
}

@ObjectType("Lag", {
  simpleResolvers: true,
  description:
    "How late events are stored after they happened, of up to 1000 stored in the last five minutes. Kubernetes often tells times in whole seconds.",
})
abstract class LagType implements Lag {
  @Field(() => Int, { description: "How many events it is measured on." })
  readonly events: number = 0;

  @Field(() => Float, { description: "Half of them were stored within so many seconds." })
  readonly medianSeconds: number = 0;

  @Field(() => Float, { description: "All but one in a hundred were stored within so many seconds." })
  readonly p99Seconds: number = 0;
}

@ObjectType("PipelineHealth", { simpleResolvers: true, description: "The way from the Kubernetes API into the store." })
abstract class PipelineType extends Part implements PipelineHealth {
  @Field(() => [WatchType], { description: "Its watches: of Hooks, and of Events." })
  readonly watches: readonly WatchHealth[] = [];

  @Field(() => LagType, {
    nullable: true,
    description: "How late events are stored; null when none was stored lately.",
  })
  readonly lag: Lag | null = null;
}

@ObjectType("LeaseInfo", {
  simpleResolvers: true,
  description: "The Lease by which the replicas of khook agree who acts.",
})
abstract class LeaseType implements LeaseInfo {
  @Field(() => String, { description: "Namespace it lies in: khook's own." })
  readonly namespace: string = "";

  @Field(() => String, { description: "Name of the Lease: `khook`." })
  readonly name: string = "";

  @Field(() => String, { nullable: true, description: "Who holds it; null when nobody does." })
  readonly holder: string | null = null;

  @Field(() => DateTime, { nullable: true, description: "When it was last renewed." })
  readonly renewedAt: Instant | null = null;

  @Field(() => Int, { nullable: true, description: "For how long a renewal holds, in seconds." })
  readonly durationSeconds: number | null = null;
}

@ObjectType("ControllerHealth", {
  simpleResolvers: true,
  description:
    "The khook controller, as far as it can be seen from what it leaves in the cluster. It is stalled when events match hooks and none of its " +
    "audit Events follows: it goes blind without a word when the API server closes its watch.",
})
abstract class ControllerType extends Part implements ControllerHealth {
  @Field(() => LeaseType, {
    nullable: true,
    description: "Its Lease; null without leader election, or when it cannot be read.",
  })
  readonly lease: LeaseInfo | null = null;

  @Field(() => [String], { description: "Namespaces in which it is stalled, in order of name." })
  readonly stalledNamespaces: readonly string[] = [];

  @Field(() => DateTime, {
    nullable: true,
    description: "When it last said that it did anything; null when nothing is known of that.",
  })
  readonly lastDispatchAt: Instant | null = null;
}

@ObjectType("KagentHealth", {
  simpleResolvers: true,
  description: "The Kagent platform, asked at `/health` every 30 seconds.",
})
abstract class KagentType extends Part implements KagentHealth {
  @Field(() => String, {
    nullable: true,
    description: "Where it is, without credentials; null when none is configured.",
  })
  readonly url: string | null = null;

  @Field(() => DateTime, { nullable: true, description: "When it was last asked." })
  readonly checkedAt: Instant | null = null;

  @Field(() => Float, {
    nullable: true,
    description: "How long its last answer took, in seconds; null when there was none.",
  })
  readonly latencySeconds: number | null = null;

  @Field(() => String, { nullable: true, description: "What last went wrong; it stays after recovery." })
  readonly lastError: string | null = null;

  @Field(() => DateTime, { nullable: true, description: "When that was." })
  readonly lastErrorAt: Instant | null = null;
}

@ObjectType("SourceHealth", { simpleResolvers: true, description: "A source of observations." })
abstract class SourceType extends Part implements SourceHealth {
  @Field(() => String, { description: "Its name: `kubernetes`." })
  readonly name: string = "";

  @Field(() => String, { description: "Its version, or that of what it speaks." })
  readonly version: string = "";

  @Field(() => [String], { description: "Event types it can produce, in order of the mapping." })
  readonly eventTypes: readonly string[] = [];

  @Field(() => Float, {
    description: "Observations it has delivered since the start; the same one may be delivered again.",
  })
  readonly observed: number = 0;

  @Field(() => DateTime, { nullable: true, description: "When it last delivered one." })
  readonly lastObservedAt: Instant | null = null;
}

@ObjectType("StoreHealth", { simpleResolvers: true, description: "The event store." })
abstract class StoreType extends Part implements StoreHealth {
  @Field(() => Float, { description: "Events stored." })
  readonly records: number = 0;

  @Field(() => Float, { description: "Bytes in use; the files can be larger by what is free in them." })
  readonly bytes: number = 0;

  @Field(() => DateTime, { nullable: true, description: "Time of the oldest event stored." })
  readonly oldest: Instant | null = null;

  @Field(() => DateTime, { nullable: true, description: "Time of the newest event stored." })
  readonly newest: Instant | null = null;

  @Field(() => Float, { description: "Events older than so many seconds are removed." })
  readonly retentionAgeSeconds: number = 0;

  @Field(() => Float, { description: "The oldest events are removed when more bytes are in use." })
  readonly retentionBytes: number = 0;

  @Field(() => Float, { description: "Events removed by retention since the store was made." })
  readonly pruned: number = 0;

  @Field(() => DateTime, { nullable: true, description: "When retention last removed any." })
  readonly lastPrunedAt: Instant | null = null;

  @Field(() => Boolean, { description: "Whether it can be written, as far as is known." })
  readonly writable: boolean = false;
}

@ObjectType("ProcessHealth", {
  simpleResolvers: true,
  description: "What the gateway's process uses, measured over the last second.",
})
abstract class ProcessType extends Part implements ProcessHealth {
  @Field(() => Float, { description: "Memory it holds, in bytes." })
  readonly residentBytes: number = 0;

  @Field(() => Float, { description: "Of that, bytes in use on the heap." })
  readonly heapUsedBytes: number = 0;

  @Field(() => Float, { description: "Bytes that the heap may have." })
  readonly heapLimitBytes: number = 0;

  @Field(() => Float, {
    nullable: true,
    description: "Bytes that the process may have in all; null where that is not bounded.",
  })
  readonly memoryLimitBytes: number | null = null;

  @Field(() => Float, { description: "Processor cores in use: 1 is one core all the time." })
  readonly cpuCores: number = 0;

  @Field(() => Float, { description: "How late the event loop came in half of the cases, in seconds." })
  readonly loopDelayMedianSeconds: number = 0;

  @Field(() => Float, { description: "How late it came in all but one case of a hundred, in seconds." })
  readonly loopDelayP99Seconds: number = 0;
}

@ObjectType("Health", {
  simpleResolvers: true,
  description:
    "How the gateway and what it depends on are doing. The whole is UNHEALTHY when the gateway cannot do its work, DEGRADED when something " +
    "that it can do without is not as it should be. The parts are all there or all null.",
})
export abstract class HealthType extends Part {
  @Field(() => ServerType, { nullable: true, description: "The gateway's own API server." })
  readonly server: ServerHealth | null = null;

  @Field(() => PipelineType, { nullable: true, description: "The way from the Kubernetes API into the store." })
  readonly pipeline: PipelineHealth | null = null;

  @Field(() => ControllerType, { nullable: true, description: "The khook controller." })
  readonly controller: ControllerHealth | null = null;

  @Field(() => KagentType, { nullable: true, description: "The Kagent platform, whose agents khook calls." })
  readonly kagent: KagentHealth | null = null;

  @Field(() => [SourceType], { nullable: true, description: "The sources of observations." })
  readonly sources: readonly SourceHealth[] | null = null;

  @Field(() => StoreType, { nullable: true, description: "The event store." })
  readonly store: StoreHealth | null = null;

  @Field(() => ProcessType, { nullable: true, description: "The gateway's process." })
  readonly process: ProcessHealth | null = null;
}

/** As a caller may see it: why something is wrong, and all that is counted, tells of every namespace. */
export function healthNode(health: Health, isWhole: boolean): HealthType {
  if (isWhole) return health;
  const { status, since } = health;
  const message = status === "HEALTHY" ? "all is well" : "not as it should be; who may get diagnostics is told why";
  const hidden = { server: null, pipeline: null, controller: null, kagent: null, sources: null };
  return { status, since, message, ...hidden, store: null, process: null };
}

// Diagnostics as the graph shows them: the domain's words (events/diagnostics.ts) with their meaning.
// The values come from whoever watches over the gateway; nothing is worked out here.
import { Field, Float, Int, ObjectType } from "type-graphql";
import type {
  CacheDiagnostics,
  ClusterFeatures,
  Diagnostics,
  EffectiveSetting,
  HookVersion,
  NamedCount,
  SlowRun,
  StoreDiagnostics,
  StreamDiagnostics,
  ToldGap,
  ToldWarning,
  TransportDiagnostics,
  Versions,
} from "../events/diagnostics.ts";
import type { WatchHealth } from "../events/health.ts";
import type { Instant } from "../events/time.ts";
import { WatchType } from "./health.ts";
import { DateTime } from "./scalars.ts";
import { type Tag, Tag as TagType, tagsOf } from "./tag.ts";

@ObjectType("Versions", { simpleResolvers: true, description: "Versions of the gateway and of what it runs on." })
abstract class VersionsType implements Versions {
  @Field(() => String, { description: "Version of the gateway." })
  readonly gateway: string = "";

  @Field(() => String, { description: "Version of Node.js." })
  readonly node: string = "";

  @Field(() => String, { description: "Version of SQLite." })
  readonly sqlite: string = "";

  @Field(() => String, { description: "Operating system and processor architecture: `linux x64`." })
  readonly platform: string = "";
}

@ObjectType("EffectiveSetting", { simpleResolvers: true, description: "A setting as it is in force." })
abstract class SettingType implements EffectiveSetting {
  @Field(() => String, { description: "Its flag: `--dedup-window`." })
  readonly flag: string = "";

  @Field(() => String, {
    nullable: true,
    description: "Its value as it was given, credentials cut out; null when it has none.",
  })
  readonly value: string | null = null;

  @Field(() => String, { description: "Where the value came from: `flag`, `environment`, `file` or `default`." })
  readonly origin: string = "";
}

@ObjectType("HookVersion", {
  simpleResolvers: true,
  description: "A version of the Hook resource that the cluster serves.",
})
abstract class HookVersionType implements HookVersion {
  @Field(() => String, { description: "Name of the version: `v1alpha2`." })
  readonly name: string = "";

  @Field(() => Boolean, { description: "Whether hooks are stored in it." })
  readonly storage: boolean = false;

  @Field(() => [String], {
    description: "Event types that its schema lets a hook wait for; empty when it does not say.",
  })
  readonly eventTypes: readonly string[] = [];
}

@ObjectType("ClusterFeatures", {
  simpleResolvers: true,
  description: "What the cluster has, asked when diagnostics are.",
})
abstract class ClusterType implements ClusterFeatures {
  @Field(() => String, {
    nullable: true,
    description: "Context of the kubeconfig in use; null when there is no cluster.",
  })
  readonly context: string | null = null;

  @Field(() => String, {
    nullable: true,
    description: "Version of the API server: `v1.36.2`; null when it could not be read.",
  })
  readonly serverVersion: string | null = null;

  @Field(() => [HookVersionType], {
    description: "Versions of the Hook resource; empty when its CRD is not installed or cannot be read.",
  })
  readonly hookVersions: readonly HookVersion[] = [];

  @Field(() => [String], { description: "What of this could not be read, and why." })
  readonly unknown: readonly string[] = [];
}

@ObjectType("RecordedGap", {
  simpleResolvers: true,
  description: "A stretch of time in which a source may have missed something.",
})
abstract class RecordedGapType implements ToldGap {
  @Field(() => DateTime, { description: "From when on it is not proven." })
  readonly from: Instant = 0;

  @Field(() => DateTime, { description: "Until when it is not proven." })
  readonly to: Instant = 0;

  @Field(() => String, { description: "Why it cannot be proven that everything was seen." })
  readonly reason: string = "";

  @Field(() => String, { description: "The source: `kubernetes`." })
  readonly source: string = "";
}

@ObjectType("StoreDiagnostics", { simpleResolvers: true, description: "The event store from the inside." })
abstract class StoreDiagnosticsType implements StoreDiagnostics {
  @Field(() => String, { description: "Names this store from its creation on." })
  readonly epoch: string = "";

  @Field(() => Float, { description: "Sequence number of the newest change." })
  readonly head: number = 0;

  @Field(() => Float, { description: "Sequence number from which changes can be replayed completely." })
  readonly floor: number = 0;

  @Field(() => Float, { description: "Grows with everything that a query could show." })
  readonly revision: number = 0;

  @Field(() => Float, { description: "Events stored." })
  readonly records: number = 0;

  @Field(() => Float, { description: "Bytes in use." })
  readonly bytes: number = 0;

  @Field(() => Float, { description: "Events removed because of their age." })
  readonly prunedByAge: number = 0;

  @Field(() => Float, { description: "Events removed because the store was too large." })
  readonly prunedBySize: number = 0;

  @Field(() => Float, {
    description: "Observations not stored since the start, being older than what retention has removed.",
  })
  readonly tooOld: number = 0;

  @Field(() => String, { nullable: true, description: "Why the last write came to nothing; null when it did not." })
  readonly writeFailure: string | null = null;
}

@ObjectType("TransportDiagnostics", {
  simpleResolvers: true,
  description: "Streams over one transport, since the start.",
})
abstract class TransportType implements TransportDiagnostics {
  @Field(() => String, { description: "The transport: `sse`, `websocket` or `graphql`." })
  readonly transport: string = "";

  @Field(() => Int, { description: "Streams that are open." })
  readonly open: number = 0;

  @Field(() => Float, { description: "Streams opened in all." })
  readonly opened: number = 0;

  @Field(() => Float, { description: "Of those, streams that went on from a place given." })
  readonly resumed: number = 0;
}

@ObjectType("NamedCount", { simpleResolvers: true, description: "How often something happened." })
abstract class NamedCountType implements NamedCount {
  @Field(() => String, { description: "What happened." })
  readonly name: string = "";

  @Field(() => Float, { description: "How often, since the start." })
  readonly count: number = 0;
}

@ObjectType("StreamDiagnostics", { simpleResolvers: true, description: "Live streams, since the start." })
abstract class StreamsType implements StreamDiagnostics {
  @Field(() => [TransportType], { description: "By transport." })
  readonly transports: readonly TransportDiagnostics[] = [];

  @Field(() => Int, { description: "How many different things are told; subscribers of one are served together." })
  readonly channels: number = 0;

  @Field(() => [NamedCountType], { description: "Streams and messages refused, by reason." })
  readonly refused: readonly NamedCount[] = [];

  @Field(() => Float, { description: "Streams closed because their reader took nothing for too long." })
  readonly stalled: number = 0;

  @Field(() => Float, { description: "Streams closed because their peer was gone without a word." })
  readonly dead: number = 0;
}

@ObjectType("CacheDiagnostics", { simpleResolvers: true, description: "A cache of answers." })
abstract class CacheType implements CacheDiagnostics {
  @Field(() => String, { description: "What it keeps: `rest` or `graphql` answers." })
  readonly name: string = "";

  @Field(() => Int, { description: "Answers kept." })
  readonly entries: number = 0;

  @Field(() => Float, { description: "Requests answered from it." })
  readonly hits: number = 0;

  @Field(() => Float, { description: "Requests that had to be worked out." })
  readonly misses: number = 0;
}

@ObjectType("RecentWarning", { simpleResolvers: true, description: "A warning or an error that was logged." })
abstract class WarningType implements Omit<ToldWarning, "details"> {
  @Field(() => DateTime, { description: "When it was logged." })
  readonly at: Instant = 0;

  @Field(() => String, { description: "How grave it is: `warn` or `error`." })
  readonly level: string = "";

  @Field(() => String, { description: "What was logged." })
  readonly message: string = "";

  @Field(() => [TagType], { description: "What was told beside the message, in order of key." })
  readonly details: readonly Tag[] = [];
}

@ObjectType("SlowRun", { simpleResolvers: true, description: "An operation, with its slowest run since the start." })
abstract class SlowRunType implements SlowRun {
  @Field(() => String, { description: "Name of the operation, as its author calls it; `anonymous` when nobody does." })
  readonly operation: string = "";

  @Field(() => String, { description: "The route that it is behind; `/graphql` for one of a caller's." })
  readonly route: string = "";

  @Field(() => Float, { description: "How long it took, in seconds." })
  readonly seconds: number = 0;

  @Field(() => DateTime, { description: "When it ended." })
  readonly at: Instant = 0;

  @Field(() => String, { description: "The request, as the log names it." })
  readonly requestId: string = "";
}

@ObjectType("Diagnostics", {
  simpleResolvers: true,
  description: "Everything that a maintainer needs to answer a report, on one page. Holds no credentials.",
})
export abstract class DiagnosticsType implements Omit<Diagnostics, "recentWarnings"> {
  @Field(() => DateTime, { description: "When this was put together." })
  readonly at: Instant = 0;

  @Field(() => VersionsType, { description: "Versions of the gateway and of what it runs on." })
  readonly versions!: Versions; // the values are the domain's

  @Field(() => [SettingType], { description: "The settings in force, in the order of `--help`." })
  readonly settings!: readonly EffectiveSetting[];

  @Field(() => ClusterType, { description: "What the cluster has." })
  readonly cluster!: ClusterFeatures;

  @Field(() => [WatchType], { description: "The watches of the Kubernetes API." })
  readonly watches!: readonly WatchHealth[];

  @Field(() => [RecordedGapType], { description: "The newest twenty gaps, newest first." })
  readonly gaps!: readonly ToldGap[];

  @Field(() => StoreDiagnosticsType, { description: "The event store." })
  readonly store!: StoreDiagnostics;

  @Field(() => StreamsType, { description: "Live streams." })
  readonly streams!: StreamDiagnostics;

  @Field(() => [CacheType], { description: "Caches of answers." })
  readonly caches!: readonly CacheDiagnostics[];

  @Field(() => [SlowRunType], {
    description: "The twenty slowest operations since the start, slowest first, each once.",
  })
  readonly slowestOperations!: readonly SlowRun[];

  @Field(() => [WarningType], { description: "Up to a hundred warnings and errors that were logged, newest first." })
  readonly recentWarnings!: readonly WarningType[];
}

/** Details are a map in the domain, and tags in the graph. */
export function diagnosticsNode(diagnostics: Diagnostics): DiagnosticsType {
  const recentWarnings = diagnostics.recentWarnings.map(({ details, ...warning }) => {
    const texts = Object.entries(details).map(([key, value]) => [key, String(value)]);
    return { ...warning, details: tagsOf(Object.fromEntries(texts)) };
  });
  return { ...diagnostics, recentWarnings };
}

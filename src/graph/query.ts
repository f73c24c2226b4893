// The root of all queries: each field is one sentence, and says in its description all that a caller needs to know.
// Nothing here changes anything.
import { Arg, Args, ArgsType, Ctx, Field, ID, Query, Resolver } from "type-graphql";
import type { EventId } from "../events/event.ts";
import type { Validation } from "../hooks/validate.ts";
import type { GraphContext } from "./context.ts";
import { DiagnosticsType, diagnosticsNode } from "./diagnostics.ts";
import { EventConnection, eventConnection } from "./eventConnection.ts";
import { EventFilterInput } from "./eventFilter.ts";
import { EventPageArgs } from "./eventPage.ts";
import { EventStats, eventStats } from "./eventStats.ts";
import { EventTypeNode } from "./eventType.ts";
import { HealthType, healthNode } from "./health.ts";
import { HookNode, hookNode } from "./hook.ts";
import { HookConnection, HookPageArgs, hookConnection } from "./hookConnection.ts";
import { HookEventNode } from "./hookEvent.ts";
import { HookPreview, previewHook } from "./hookPreview.ts";
import { HookValidationType, validateHook } from "./hookValidation.ts";
import { requirePath, requireSight } from "./rights.ts";
import { Duration } from "./scalars.ts";

/**
 * The non-resource URL that a caller has to be allowed to get for what tells of the gateway as a whole. Not the route's own path:
 * Kubernetes lets everybody who is known get `/api/*` (ClusterRole system:discovery).
 */
const DIAGNOSTICS_PATH = "/diagnostics";

/** More than half of what an operation may cost: there is room for one. */
const DRY_RUN_COST = 120_000;

@ArgsType()
class HookArgs {
  @Field(() => String, { description: "Namespace of the hook." })
  readonly namespace!: string; // without a value here: it would be the default

  @Field(() => String, { description: "Name of the hook." })
  readonly name!: string;
}

@ArgsType()
class StatsArgs {
  @Field(() => EventFilterInput, {
    nullable: true,
    description:
      "Which events to count; all of them when left out. With `startTime` alone it counts up to now, with `endTime` alone the 24 hours before it.",
  })
  readonly filter?: EventFilterInput | null;

  @Field(() => Duration, {
    nullable: true,
    description: "The last so long, up to now. Together with times in the filter it is BAD_USER_INPUT.",
  })
  readonly timeRange?: number | null;
}

@Resolver()
export class QueryResolver {
  @Query(() => EventConnection, {
    complexity: ({ args, childComplexity }) => 10 + Math.max(1, Number(args.first)) * childComplexity,
    description: "Events, newest first unless sorted otherwise, by pages of 50 unless `first` says otherwise.",
  })
  events(@Ctx() context: GraphContext, @Args(() => EventPageArgs) page: EventPageArgs): EventConnection {
    return eventConnection(page, context);
  }

  @Query(() => HookEventNode, {
    nullable: true,
    complexity: ({ childComplexity }) => 10 + childComplexity,
    description: "One event by its id; null when there is none, or none any more.",
  })
  async event(
    @Ctx() context: GraphContext,
    @Arg("id", () => ID, { description: "Id of the event: `<uid>.<count>`." }) id: string,
  ): Promise<HookEventNode | null> {
    const [record] = await context.store.eventsById([id as EventId]); // whatever it is, the store has it or not
    return record ? new HookEventNode(record, context) : null;
  }

  @Query(() => HookConnection, {
    complexity: ({ args, childComplexity }) => 10 + Math.max(1, Number(args.first)) * childComplexity,
    description: "The hooks that exist now, in order of namespace and name. Deleted ones are found by `hook`.",
  })
  hooks(@Ctx() context: GraphContext, @Args(() => HookPageArgs) page: HookPageArgs): Promise<HookConnection> {
    return hookConnection(page, context);
  }

  @Query(() => HookNode, {
    nullable: true,
    complexity: ({ childComplexity }) => 10 + childComplexity,
    description:
      "One hook by its name, also a deleted one (`deletedAt`); null when the gateway has never seen it, FORBIDDEN when the caller " +
      "may not list hooks in its namespace.",
  })
  async hook(
    @Ctx() context: GraphContext,
    @Args(() => HookArgs) { namespace, name }: HookArgs,
  ): Promise<HookNode | null> {
    const key = { namespace, name };
    await requireSight(context.rights, "hooks", [namespace]);
    const hook = await context.loaders.hook(key);
    if (!hook) return null;
    const node = hookNode(context, key);
    node.know(hook);
    return node;
  }

  @Query(() => EventStats, {
    complexity: ({ childComplexity }) => 10 + childComplexity,
    description:
      "Statistics of events over a stretch of time: the last 24 hours unless `timeRange`, or times in the filter, say otherwise.",
  })
  stats(@Ctx() context: GraphContext, @Args(() => StatsArgs) { filter, timeRange }: StatsArgs): EventStats {
    return eventStats(filter, timeRange, context);
  }

  @Query(() => HookValidationType, {
    complexity: ({ args, childComplexity }) => (args.dryRun === true ? DRY_RUN_COST : 100) + childComplexity,
    description:
      "Judges Hook manifests before they are applied: by the schema of the Hook resource that is installed in the cluster, by khook's own " +
      "rules, and by what is around them. All findings at once. Whatever the text is, this is no error. Nothing is stored or applied.",
  })
  validateHook(
    @Ctx() context: GraphContext,
    @Arg("manifest", () => String, {
      description:
        "One Hook or several: YAML, also of several documents, or JSON; also a List as `kubectl get -o yaml` writes it. At most 100 documents.",
    })
    manifest: string,
    @Arg("dryRun", () => Boolean, {
      defaultValue: false,
      description:
        "Whether the API server is asked as well, by a write that it judges and does not store, in the caller's own name (the token of " +
        "the request): it takes the right to create hooks in their namespaces, and to get and update those that are there. " +
        "FORBIDDEN without it, UNAVAILABLE while the API server does not answer. At most 20 hooks.",
    })
    dryRun: boolean,
  ): Promise<Validation> {
    return validateHook(manifest, dryRun, context);
  }

  @Query(() => HookPreview, {
    complexity: ({ childComplexity }) => 500 + childComplexity,
    description:
      "What a hook that is not deployed yet would have done over stored history. A manifest that `validateHook` finds errors in, or " +
      "that has not just one hook with a namespace, is BAD_USER_INPUT. Nothing is stored or applied.",
  })
  previewHook(
    @Ctx() context: GraphContext,
    @Arg("manifest", () => String, { description: "One Hook, with its namespace, as YAML or JSON." }) manifest: string,
    @Arg("timeRange", () => Duration, {
      defaultValue: 86_400_000,
      description: "How far back from now to look. At most 100 years; 24 hours when left out.",
    })
    timeRange: number,
  ): Promise<HookPreview> {
    return previewHook(manifest, timeRange, context);
  }

  @Query(() => HealthType, {
    complexity: ({ childComplexity }) => 20 + childComplexity,
    description:
      "How the gateway and what it depends on are doing, as of now. The parts are null to a caller who may not `get` the " +
      "non-resource URL `/diagnostics`: they tell of every namespace.",
  })
  async health(@Ctx() context: GraphContext): Promise<HealthType> {
    const isWhole = await context.rights.mayGet(DIAGNOSTICS_PATH);
    context.now(); // it goes stale by itself
    return healthNode(await context.operator.health(), isWhole);
  }

  @Query(() => DiagnosticsType, {
    complexity: ({ childComplexity }) => 100 + childComplexity,
    description:
      "What a maintainer needs to answer a report: versions, settings, and what has happened since the start. FORBIDDEN to a " +
      "caller who may not `get` the non-resource URL `/diagnostics`.",
  })
  async diagnostics(@Ctx() context: GraphContext): Promise<DiagnosticsType> {
    await requirePath(context.rights, DIAGNOSTICS_PATH);
    context.now(); // as above
    return diagnosticsNode(await context.operator.diagnostics());
  }

  @Query(() => [EventTypeNode], {
    description:
      "The event types that the configured sources can produce, in order of the mapping. Switched-off ones too.",
  })
  eventTypes(@Ctx() context: GraphContext): readonly EventTypeNode[] {
    return context.eventTypes().map((info) => new EventTypeNode(info));
  }
}

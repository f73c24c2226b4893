// A hook as the graph shows it, known by name at once and loaded when more is asked: all hooks of a level in one store call.
// One request makes one node for each hook, so that a hook met many times is loaded and read once.
import { Arg, Args, Ctx, Field, Int, ObjectType } from "type-graphql";
import {
  type ActiveEvent,
  type AgentReference,
  type EventConfiguration,
  type Hook,
  type HookKey,
  type HookStatus,
  hookPath,
} from "../events/hook.ts";
import { sees } from "../events/sight.ts";
import type { Instant } from "../events/time.ts";
import type { GraphContext } from "./context.ts";
import { type EventConnection, EventConnection as EventConnectionType, eventConnection } from "./eventConnection.ts";
import { EventPageArgs } from "./eventPage.ts";
import { type HookStatsNode, HookStatsNode as HookStatsType } from "./hookStats.ts";
import { hookYaml } from "./hookYaml.ts";
import { requireSight } from "./rights.ts";
import { DateTime, Duration } from "./scalars.ts";
import { type Tag, Tag as TagType, tagsOf } from "./tag.ts";

const DAY = 86_400_000;

@ObjectType("AgentReference", {
  simpleResolvers: true,
  description: "The kagent agent that a hook calls.",
})
export abstract class AgentReferenceType implements AgentReference {
  @Field(() => String, { description: "Namespace of the agent: the hook's own when its manifest names none." })
  readonly namespace: string = "";

  @Field(() => String, { description: "Name of the agent." })
  readonly name: string = "";
}

@ObjectType("EventConfiguration", {
  simpleResolvers: true,
  description: "One entry of a hook: on which event type it calls which agent with which prompt.",
})
abstract class EventConfigurationType implements Omit<EventConfiguration, "prompt"> {
  @Field(() => String, { description: "The event type it waits for: `pod-restart`." })
  readonly eventType: string = "";

  @Field(() => AgentReferenceType, { description: "The agent it calls." })
  readonly agentRef: AgentReference = { namespace: "", name: "" };

  @Field(() => String, {
    nullable: true,
    description:
      "The prompt template as written, with placeholders such as `{{.ResourceName}}` not yet filled. null for a caller who may " +
      "list hooks and not get them.",
  })
  readonly prompt: string | null = null;
}

@ObjectType("ActiveEvent", {
  simpleResolvers: true,
  description: "An event that the controller holds active for a hook, as it wrote it to the hook's status.",
})
abstract class ActiveEventType implements ActiveEvent {
  @Field(() => String, { description: "The event type: `pod-restart`." })
  readonly eventType: string = "";

  @Field(() => String, { description: "Name of the resource, in the hook's namespace." })
  readonly resourceName: string = "";

  @Field(() => DateTime, { description: "When the controller first saw it." })
  readonly firstSeen: Instant = 0;

  @Field(() => DateTime, { description: "When the controller last saw it." })
  readonly lastSeen: Instant = 0;

  @Field(() => String, {
    description: "`firing` or `resolved`, as the controller wrote it. Its own reckoning, which its restart empties.",
  })
  readonly status: string = "";
}

@ObjectType("HookStatus", {
  simpleResolvers: true,
  description: "What the controller last wrote to the status of a Hook, about once a minute.",
})
abstract class HookStatusType implements HookStatus {
  @Field(() => [ActiveEventType], {
    complexity: ({ childComplexity }) => 1 + 5 * childComplexity,
    description: "Events the controller holds active for this hook. Empty when there are none.",
  })
  readonly activeEvents: readonly ActiveEvent[] = [];

  @Field(() => DateTime, {
    nullable: true,
    description: "When the controller last wrote the status; null when it did not say.",
  })
  readonly lastUpdated: Instant | null = null;
}

@ObjectType("Hook", {
  simpleResolvers: true,
  description:
    "A Hook resource (`kagent.dev/v1alpha2`): which agent to call on which event types of its namespace. A deleted hook stays " +
    "readable, with `deletedAt`. Of a hook that was gone before the gateway first looked only the name is known: the fields " +
    "that say so are null and the lists empty.",
})
export class HookNode {
  readonly key: HookKey;
  readonly #context: GraphContext;
  /** null when the store knows no such hook; undefined until it was asked. */
  #hook: Hook | null | undefined;

  /** Only for hookNode(), which keeps one node for each hook of a request. */
  constructor(key: HookKey, context: GraphContext) {
    this.key = key;
    this.#context = context;
  }

  /** Spares the store the question. */
  know(hook: Hook): void {
    this.#hook = hook;
  }

  @Field(() => String, { description: "Namespace of the hook, and of the events it matches." })
  get namespace(): string {
    return this.key.namespace;
  }

  @Field(() => String, { description: "Name, unique in the namespace at any one time." })
  get name(): string {
    return this.key.name;
  }

  @Field(() => String, { nullable: true, description: "UID of the Hook object; null when only its name is known." })
  uid(): MaybePromise<string | null> {
    return this.#read((hook) => hook?.uid ?? null);
  }

  @Field(() => [TagType], { description: "Labels, in order of key." })
  labels(): MaybePromise<readonly Tag[]> {
    return this.#read((hook) => tagsOf(hook?.labels ?? {}));
  }

  @Field(() => [TagType], { description: "Annotations, in order of key." })
  annotations(): MaybePromise<readonly Tag[]> {
    return this.#read((hook) => tagsOf(hook?.annotations ?? {}));
  }

  @Field(() => Int, {
    nullable: true,
    description:
      "`metadata.generation`, which grows with every change of the spec, from 1; null when only the name is known.",
  })
  generation(): MaybePromise<number | null> {
    return this.#read((hook) => hook?.generation ?? null);
  }

  @Field(() => DateTime, {
    nullable: true,
    description: "When the Hook was created in the cluster; null when only its name is known.",
  })
  createdAt(): MaybePromise<Instant | null> {
    return this.#read((hook) => hook?.createdAt ?? null);
  }

  @Field(() => DateTime, { nullable: true, description: "When it was seen to be gone; null while it exists." })
  deletedAt(): MaybePromise<Instant | null> {
    return this.#read((hook) => hook?.deletedAt ?? null);
  }

  @Field(() => [EventConfigurationType], {
    complexity: ({ childComplexity }) => 1 + 3 * childComplexity,
    description: "Its entries, in the order of the manifest. Empty when the manifest has none.",
  })
  eventConfigurations(): MaybePromise<readonly EventConfigurationType[]> {
    const { prompts } = this.#context.rights.sight;
    return this.#read((hook) => {
      const entries = hook?.eventConfigurations ?? [];
      return sees(prompts, this.namespace) ? entries : entries.map((entry) => ({ ...entry, prompt: null }));
    });
  }

  @Field(() => HookStatusType, {
    nullable: true,
    description: "What the controller wrote to its status; null until it has written one.",
  })
  status(): MaybePromise<HookStatus | null> {
    return this.#read((hook) => hook?.status ?? null);
  }

  @Field(() => String, {
    nullable: true,
    description:
      "The manifest as YAML that `kubectl apply -f` takes back: apiVersion, kind, metadata (name, namespace, labels, annotations) " +
      "and spec, without what the API server fills in. null when only the name is known. It holds the prompts: FORBIDDEN to a " +
      "caller who may not get hooks.",
  })
  async yaml(): Promise<string | null> {
    await requireSight(this.#context.rights, "prompts", [this.namespace]);
    return this.#read((hook) => (hook ? hookYaml(hook) : null));
  }

  @Field(() => HookStatsType, {
    complexity: ({ childComplexity }) => 50 + childComplexity,
    description:
      "Events it matched and dispatches told of, over the last so long. FORBIDDEN to a caller who may not list events in the " +
      "hook's namespace.",
  })
  async stats(
    @Ctx() context: GraphContext,
    @Arg("timeRange", () => Duration, {
      defaultValue: DAY,
      description: "How far back from now to count. At least 1 ms, at most 100 years; 24 hours when left out.",
    })
    timeRange: number,
  ): Promise<HookStatsNode> {
    await requireSight(context.rights, "events", [this.namespace]);
    const end = context.now();
    const range = { start: end - timeRange, end };
    return new HookStatsType(range, await context.loaders.activity(this.key, range));
  }

  @Field(() => EventConnectionType, {
    complexity: ({ args, childComplexity }) => 100 + Math.max(1, Number(args.first)) * childComplexity,
    description:
      "Events it matched, like `Query.events` with `filter.hook` set to it. A `filter.hook` given here is BAD_USER_INPUT. " +
      "Costs a store call for each hook. FORBIDDEN to a caller who may not list events in the hook's namespace.",
  })
  async events(@Ctx() context: GraphContext, @Args(() => EventPageArgs) page: EventPageArgs): Promise<EventConnection> {
    await requireSight(context.rights, "events", [this.namespace]);
    return eventConnection(page, context, this.key);
  }

  #read<Value>(read: (hook: Hook | null) => Value): MaybePromise<Value> {
    if (this.#hook !== undefined) return read(this.#hook);
    return this.#context.loaders.hook(this.key).then((hook) => {
      this.#hook = hook ?? null;
      return read(this.#hook);
    });
  }
}

type MaybePromise<Value> = Value | Promise<Value>;

/** The node of a hook in this request. */
export function hookNode(context: GraphContext, key: HookKey): HookNode {
  const path = hookPath(key);
  const known = context.hookNodes.get(path);
  if (known) return known;
  const node = new HookNode(key, context);
  context.hookNodes.set(path, node);
  return node;
}

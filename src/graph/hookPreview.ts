// What a hook that is not deployed yet would have done over stored history.
// A manifest that is no good is refused with what is wrong with it; history is read in pages, and only so far back.
import { Arg, Field, Int, ObjectType } from "type-graphql";
import type { EventRecord } from "../events/eventRecord.ts";
import { pageKeyOf } from "../events/eventRecord.ts";
import type { AgentReference, HookKey } from "../events/hook.ts";
import { MAX_PAGE } from "../events/page.ts";
import type { TimeRange } from "../events/statistics.ts";
import { readManifest } from "../hooks/manifest.ts";
import { type PlannedHook, plannedHook } from "../hooks/plannedHook.ts";
import { type PastEvent, type Preview, type PreviewCounts, previewOf, type TypePreview } from "../hooks/preview.ts";
import { expandPrompt } from "../hooks/prompt.ts";
import type { GraphContext } from "./context.ts";
import { TimeRangeType } from "./counts.ts";
import { badInput } from "./errors.ts";
import { Faults } from "./faults.ts";
import { AgentReferenceType } from "./hook.ts";
import { HookEventNode } from "./hookEvent.ts";
import { judged, ManifestHookType } from "./hookValidation.ts";

/** Events that are looked at; of a range with more, the newest. */
const MAX_EVENTS = 50_000;
/** Events that are kept to be shown. */
const MAX_NEWEST = 100;
const SORT = "TIMESTAMP_DESC";

@ObjectType("EventTypePreview", {
  simpleResolvers: true,
  description: "What a hook would have done with the events of one type.",
})
abstract class TypePreviewType implements TypePreview {
  @Field(() => String, { description: "The event type: `pod-restart`." })
  readonly eventType: string = "";

  @Field(() => Int, { description: "How many events would have matched." })
  readonly matched: number = 0;

  @Field(() => Int, { description: "For how many of these khook would have called the agent." })
  readonly fired: number = 0;

  @Field(() => Int, { description: "How many of these are duplicates to khook: within 10 minutes of one that fired." })
  readonly suppressed: number = 0;

  @Field(() => Int, { description: "How many of these khook would have ignored, see `ignoredByController`." })
  readonly ignored: number = 0;
}

@ObjectType("PromptPreview", {
  simpleResolvers: true,
  description: "A prompt as khook would have sent it.",
})
class PromptPreview {
  @Field(() => HookEventNode, { description: "The event it is about." })
  readonly event: HookEventNode;

  @Field(() => AgentReferenceType, { description: "The agent that would have been called." })
  readonly agentRef: AgentReference;

  @Field(() => String, {
    description: "The prompt, its placeholders filled. What khook leaves as it stands is left here too.",
  })
  readonly prompt: string;

  constructor(event: HookEventNode, agentRef: AgentReference, prompt: string) {
    this.event = event;
    this.agentRef = agentRef;
    this.prompt = prompt;
  }
}

@ObjectType("HookPreview", {
  simpleResolvers: true,
  description:
    "What khook would have done, had the hook been there from the beginning of the time range on. It counts as khook does: for " +
    "each event type and resource name a window of 10 minutes from what fired.",
})
export class HookPreview implements PreviewCounts {
  @Field(() => ManifestHookType, { description: "The hook of the manifest." })
  readonly hook: HookKey;

  @Field(() => TimeRangeType, { description: "The stretch of time looked at, by the events' timestamps." })
  readonly timeRange: TimeRange;

  readonly #preview: Preview;
  readonly #plan: PlannedHook;
  readonly #newest: readonly EventRecord[];
  readonly #told: EventRecord | undefined;
  readonly #context: GraphContext;

  @Field(() => Boolean, {
    description: "Whether all of the time range was looked at: of more than 50000 matching events only the newest are.",
  })
  readonly complete: boolean;

  constructor(plan: PlannedHook, range: TimeRange, history: History, context: GraphContext) {
    const { namespace, name, eventConfigurations } = plan;
    this.hook = { namespace, name };
    this.timeRange = range;
    this.complete = history.complete;
    this.#preview = previewOf(history.events, [...new Set(eventConfigurations.map(({ eventType }) => eventType))]);
    this.#plan = plan;
    this.#newest = history.newest;
    this.#told = history.told;
    this.#context = context;
  }

  @Field(() => Int, { description: "How many events would have matched: of the hook's namespace and event types." })
  get matched(): number {
    return this.#preview.matched;
  }

  @Field(() => Int, { description: "For how many of these khook would have called an agent." })
  get fired(): number {
    return this.#preview.fired;
  }

  @Field(() => Int, { description: "How many of these are duplicates to khook: within 10 minutes of one that fired." })
  get suppressed(): number {
    return this.#preview.suppressed;
  }

  @Field(() => Int, {
    description:
      "How many of these khook would have ignored: too old when it reads them, or of a source that it does not have.",
  })
  get ignored(): number {
    return this.#preview.ignored;
  }

  @Field(() => [TypePreviewType], {
    complexity: ({ childComplexity }) => 1 + 5 * childComplexity,
    description: "The same by event type, in the order of the manifest.",
  })
  get byType(): readonly TypePreview[] {
    return this.#preview.byType;
  }

  @Field(() => [HookEventNode], {
    complexity: ({ args, childComplexity }) => 1 + Math.max(1, Number(args.first)) * childComplexity,
    description: "The newest events that would have matched, newest first.",
  })
  newest(
    @Arg("first", () => Int, {
      defaultValue: 10,
      description: "How many at most: 1 to 100, 10 when left out. Otherwise BAD_USER_INPUT.",
    })
    first: number,
  ): readonly HookEventNode[] {
    const faults = new Faults();
    faults.whole("first", first, 1, MAX_NEWEST);
    faults.raise();
    return this.#newest.slice(0, first).map((record) => new HookEventNode(record, this.#context));
  }

  @Field(() => PromptPreview, {
    nullable: true,
    description: "The prompt for the newest event that khook would not have ignored; null when there is none.",
  })
  prompt(): PromptPreview | null {
    const record = this.#told;
    const entry = this.#plan.eventConfigurations.find(({ eventType }) => eventType === record?.parsed.eventType);
    if (!record || !entry) return null;
    const prompt = expandPrompt(entry.prompt, record.event);
    return new PromptPreview(new HookEventNode(record, this.#context), entry.agentRef, prompt);
  }
}

interface History {
  /** Oldest first. */
  readonly events: readonly PastEvent[];
  readonly complete: boolean;
  /** Newest first. */
  readonly newest: readonly EventRecord[];
  /** The newest that khook would have heard of. */
  readonly told: EventRecord | undefined;
}

export async function previewHook(text: string, timeRange: number, context: GraphContext): Promise<HookPreview> {
  const manifest = readManifest(text);
  const { errors } = await judged(manifest, context);
  if (errors.length > 0) {
    throw badInput(
      errors.map(({ line, column, path, message }) => {
        return {
          path: "manifest",
          message: `line ${line}, column ${column}: ${path === "" ? "" : `${path}: `}${message}`,
        };
      }),
    );
  }
  const plan = plannedHook(manifest);
  if ("fault" in plan) throw badInput([{ path: "manifest", message: plan.fault }]);
  const end = context.now();
  const range = { start: end - timeRange, end };
  return new HookPreview(plan, range, await readHistory(plan, range, context), context);
}

async function readHistory(plan: PlannedHook, { start, end }: TimeRange, { store }: GraphContext): Promise<History> {
  const filter = {
    namespaces: [plan.namespace],
    eventTypes: plan.eventConfigurations.map(({ eventType }) => eventType),
    startTime: start,
    endTime: end,
  };
  const events: PastEvent[] = [];
  const newest: EventRecord[] = [];
  let told: EventRecord | undefined;
  let last: EventRecord | undefined;
  for (;;) {
    const after = last ? { after: pageKeyOf(last, SORT) } : {};
    const page = await store.events({ filter, sort: SORT, first: MAX_PAGE, ...after });
    for (const record of page.records) {
      const { ignoredByController, parsed, place } = record;
      const { eventType, namespace, resourceName } = parsed;
      events.push({ eventType, namespace, resourceName, timestamp: place.timestamp, ignoredByController });
      if (newest.length < MAX_NEWEST) newest.push(record);
      if (ignoredByController === null) told ??= record;
    }
    last = page.records.at(-1);
    if (!page.hasMore || events.length >= MAX_EVENTS) {
      return { events: events.reverse(), complete: !page.hasMore, newest, told };
    }
  }
}

// The root of all subscriptions. A field's `subscribe` gives what its sequence is and where the caller begins (live.ts);
// readers of it are told item by item, and each telling is one execution of the operation.
import { Args, Resolver, Subscription } from "type-graphql";
import type { GraphContext } from "./context.ts";
import { EventChangeNode, EventChangesArgs, eventChanges } from "./eventChange.ts";
import { EventStats } from "./eventStats.ts";
import { HookChangeNode, HookChangesArgs, hookChanges } from "./hookChange.ts";
import type { Item, Subscribed, Tell } from "./live.ts";
import { StatsTellingArgs, statsTelling } from "./statsChange.ts";

/** What type-graphql takes for `subscribe` is typed as giving an iterable; live operations ask for what ours really gives. */
function subscribedBy<Arguments, Each extends Item>(
  subscribe: (args: Arguments, context: GraphContext) => Subscribed<Each> | Promise<Subscribed<Each>>,
) {
  return ({ args, context }: { readonly args: unknown; readonly context: unknown }) =>
    subscribe(args as Arguments, context as GraphContext) as unknown as AsyncIterable<Tell>; // as the schema coerced them
}

/** type-graphql wants a method for each field; the schema resolves them otherwise (tellPlainly of schema.ts). */
function toldByItsFeed(): never {
  throw new Error("a subscription is resolved by what its feed tells");
}

@Resolver()
export class SubscriptionResolver {
  @Subscription(() => EventChangeNode, {
    subscribe: subscribedBy(eventChanges),
    complexity: ({ childComplexity }) => 10 + childComplexity,
    description:
      "Events as they are stored and as their status changes, in order, each change once. Resume with `after`, begin in the past " +
      "with `since`. A slow reader is waited for and loses nothing.",
  })
  eventChanges(@Args(() => EventChangesArgs) _args: EventChangesArgs): EventChangeNode {
    return toldByItsFeed();
  }

  @Subscription(() => HookChangeNode, {
    subscribe: subscribedBy(hookChanges),
    complexity: ({ childComplexity }) => 10 + childComplexity,
    description: "Hooks as they are created, changed and deleted in the cluster, each as it is when it is told.",
  })
  hookChanges(@Args(() => HookChangesArgs) _args: HookChangesArgs): HookChangeNode {
    return toldByItsFeed();
  }

  @Subscription(() => EventStats, {
    subscribe: subscribedBy(statsTelling),
    complexity: ({ childComplexity }) => 10 + childComplexity,
    description:
      "Statistics, told at once and then again every so often. A slow reader is told the newest, not every one.",
  })
  stats(@Args(() => StatsTellingArgs) _args: StatsTellingArgs): EventStats {
    return toldByItsFeed();
  }
}

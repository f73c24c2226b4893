// A dispatch as the graph shows it: what the khook controller said it did for a hook.
// Its hook is known by name at once; more of the hook is loaded only when asked for.
import { Field, ID, ObjectType } from "type-graphql";
import type { Dispatch, DispatchOutcome } from "../events/dispatch.ts";
import type { Instant } from "../events/time.ts";
import type { GraphContext } from "./context.ts";
import { DispatchOutcomeEnum } from "./enums.ts";
import { type HookNode, HookNode as HookType, hookNode } from "./hook.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("Dispatch", {
  simpleResolvers: true,
  description:
    "What the khook controller said it did for a hook: it fired, its agent was called with or without success, a duplicate was " +
    "ignored. Read from the controller's audit Events, which are rate limited and merged: not every dispatch is told of.",
})
export class DispatchNode {
  readonly #dispatch: Dispatch;
  readonly #context: GraphContext;

  constructor(dispatch: Dispatch, context: GraphContext) {
    this.#dispatch = dispatch;
    this.#context = context;
  }

  @Field(() => ID, { description: "Identity: `<uid>.<count>` of the controller's audit Event." })
  get id(): string {
    return this.#dispatch.id;
  }

  @Field(() => HookType, { description: "The hook it was done for." })
  get hook(): HookNode {
    return hookNode(this.#context, this.#dispatch.hook);
  }

  @Field(() => DispatchOutcomeEnum, { description: "What was done, or what came of it." })
  get outcome(): DispatchOutcome {
    return this.#dispatch.outcome;
  }

  @Field(() => String, { description: "The event type, as the controller named it: `pod-restart`." })
  get eventType(): string {
    return this.#dispatch.eventType;
  }

  @Field(() => String, {
    description: "Name of the resource, as the controller named it; its namespace is the hook's.",
  })
  get resourceName(): string {
    return this.#dispatch.resourceName;
  }

  @Field(() => String, {
    nullable: true,
    description:
      "The agent called, `name` or `namespace/name` as the controller wrote it; null for an ignored duplicate.",
  })
  get agent(): string | null {
    return this.#dispatch.agent;
  }

  @Field(() => String, {
    nullable: true,
    description: "The request id that the agent's side gave the call; null unless the call succeeded.",
  })
  get requestId(): string | null {
    return this.#dispatch.requestId;
  }

  @Field(() => String, { nullable: true, description: "Why the call failed; null unless it did." })
  get error(): string | null {
    return this.#dispatch.error;
  }

  @Field(() => String, { description: "The controller's own words, in full." })
  get message(): string {
    return this.#dispatch.message;
  }

  @Field(() => DateTime, { description: "When the controller said so." })
  get timestamp(): Instant {
    return this.#dispatch.timestamp;
  }
}

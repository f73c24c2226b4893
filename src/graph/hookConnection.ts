// A page of the hooks that exist, in order of namespace and name, as a connection; and its arguments.
// A cursor names the hook it stands behind, so it holds while hooks come and go.
import { ArgsType, Field, Int, ObjectType } from "type-graphql";
import type { HookKey } from "../events/hook.ts";
import { parseLabelSelector } from "../events/labelSelector.ts";
import { DEFAULT_PAGE, MAX_OFFSET, MAX_PAGE } from "../events/page.ts";
import type { HookPage, HookQuery } from "../store/store.ts";
import type { GraphContext } from "./context.ts";
import { Faults, quoted } from "./faults.ts";
import { type HookNode, HookNode as HookType, hookNode } from "./hook.ts";
import { PageInfo } from "./pageInfo.ts";

@ArgsType()
export class HookPageArgs {
  @Field(() => String, {
    nullable: true,
    description: "Hooks of this namespace only. Of all namespaces when left out.",
  })
  readonly namespace?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Kubernetes label selector, as `kubectl -l` takes it: `app=web,tier!=db`, `env in (a, b)`, `canary`, `!canary`. " +
      "All of its terms must hold. What is no selector is BAD_USER_INPUT.",
  })
  readonly labelSelector?: string | null;

  @Field(() => Int, { description: "How many hooks at most: 1 to 1000, 50 when left out. Otherwise BAD_USER_INPUT." })
  readonly first: number = DEFAULT_PAGE;

  @Field(() => String, {
    nullable: true,
    description: "Go on behind this place: `pageInfo.endCursor` of the page before. Anything else is BAD_USER_INPUT.",
  })
  readonly after?: string | null;

  @Field(() => Int, {
    description: "Skip this many, counted from the start or from `after`: 0 to 1000000, 0 when left out.",
  })
  readonly offset: number = 0;
}

@ObjectType("HookEdge", { simpleResolvers: true, description: "A hook with its place in the list." })
export class HookEdge {
  @Field(() => HookType, { description: "The hook at this place." })
  readonly node: HookNode;

  constructor(node: HookNode) {
    this.node = node;
  }

  @Field(() => String, { description: "Opaque place right behind the hook; give it as `after` to go on." })
  get cursor(): string {
    return encodeHookKey(this.node.key);
  }
}

@ObjectType("HookConnection", { simpleResolvers: true, description: "A page of the list of hooks that exist." })
export class HookConnection {
  readonly #page: HookPage;
  readonly #hasPrevious: boolean;
  readonly #context: GraphContext;
  #nodes: readonly HookNode[] | undefined;

  constructor(page: HookPage, hasPrevious: boolean, context: GraphContext) {
    this.#page = page;
    this.#hasPrevious = hasPrevious;
    this.#context = context;
  }

  @Field(() => [HookEdge], { description: "The hooks of the page with their places, in order of namespace and name." })
  get edges(): readonly HookEdge[] {
    return this.nodes.map((node) => new HookEdge(node));
  }

  @Field(() => [HookType], { description: "The hooks of the page, in order of namespace and name." })
  get nodes(): readonly HookNode[] {
    this.#nodes ??= this.#page.hooks.map((hook) => {
      const node = hookNode(this.#context, { namespace: hook.namespace, name: hook.name });
      node.know(hook);
      return node;
    });
    return this.#nodes;
  }

  @Field(() => PageInfo, { description: "Where the page lies in the list." })
  get pageInfo(): PageInfo {
    const { hooks, hasMore } = this.#page;
    const cursorAt = (index: number) => () => {
      const hook = hooks.at(index);
      return hook ? encodeHookKey(hook) : null;
    };
    return new PageInfo(hasMore, this.#hasPrevious, cursorAt(0), cursorAt(-1));
  }

  @Field(() => Int, { description: "How many hooks there are in all that the arguments match, whatever the page." })
  get totalCount(): number {
    return this.#page.total;
  }
}

/** A page by its arguments. Throws BAD_USER_INPUT. */
export async function hookConnection(page: HookPageArgs, context: GraphContext): Promise<HookConnection> {
  const found = await context.store.hooks(hookQuery(page));
  return new HookConnection(found, page.after != null || page.offset > 0, context);
}

function hookQuery(page: HookPageArgs): HookQuery {
  const faults = new Faults();
  faults.text("namespace", page.namespace);
  faults.whole("first", page.first, 1, MAX_PAGE);
  faults.whole("offset", page.offset, 0, MAX_OFFSET);
  const after = page.after == null ? undefined : decodeHookKey(page.after);
  if (page.after != null && !after) {
    faults.add(
      "after",
      `${quoted(page.after)} is no cursor of a list of hooks: give pageInfo.endCursor of the page before`,
    );
  }
  const selector = page.labelSelector == null ? undefined : parseLabelSelector(page.labelSelector);
  if (selector?.fault !== undefined) faults.add("labelSelector", selector.fault);
  faults.raise();
  return {
    first: page.first,
    ...(page.namespace == null ? {} : { namespaces: [page.namespace] }),
    ...(selector?.matches ? { matches: selector.matches } : {}),
    ...(after ? { after } : {}),
    ...(page.offset > 0 ? { offset: page.offset } : {}),
  };
}

function encodeHookKey({ namespace, name }: HookKey): string {
  return Buffer.from(JSON.stringify([namespace, name])).toString("base64url");
}

function decodeHookKey(text: string): HookKey | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts) || parts.length !== 2) return undefined;
  const [namespace, name] = parts as readonly unknown[]; // checked below
  return typeof namespace === "string" && typeof name === "string" ? { namespace, name } : undefined;
}

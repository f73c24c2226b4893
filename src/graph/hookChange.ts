// A change of a hook as subscriptions tell it, and the feed of those of one namespace or of all.
// Places in it hold for as long as the gateway runs; who comes back asks for the hooks that there are first (`initial`).
import { ArgsType, Field, ObjectType, registerEnumType } from "type-graphql";
import type { HookChange } from "../events/change.ts";
import type { Hook } from "../events/hook.ts";
import { MAX_PAGE } from "../events/page.ts";
import { sees } from "../events/sight.ts";
import type { GraphContext } from "./context.ts";
import { Faults } from "./faults.ts";
import { type HookNode, HookNode as HookType, hookNode } from "./hook.ts";
import type { Subscribed, Tell } from "./live.ts";
import { requireSight } from "./rights.ts";
import type { VisibleStore } from "./visibleStore.ts";

export const HOOK_CHANGE_TYPES = ["ADDED", "MODIFIED", "DELETED"] as const;
export type HookChangeType = (typeof HOOK_CHANGE_TYPES)[number];

const HookChangeTypeEnum = Object.fromEntries(HOOK_CHANGE_TYPES.map((type) => [type, type]));
registerEnumType(HookChangeTypeEnum, {
  name: "HookChangeType",
  description: "What a change of a hook is.",
  valuesConfig: {
    ADDED: { description: "A hook that this stream has not told of: created, or there from the beginning." },
    MODIFIED: { description: "Its manifest or its status has changed." },
    DELETED: { description: "It is gone from the cluster; `hook` is as it was." },
  },
});

@ArgsType()
export class HookChangesArgs {
  @Field(() => String, {
    nullable: true,
    description: "Hooks of this namespace only. Of all namespaces when left out.",
  })
  readonly namespace?: string | null;

  @Field(() => Boolean, {
    description:
      "Whether to begin with the hooks that exist, each as ADDED. Then nothing is missed between a list and the stream.",
  })
  readonly initial: boolean = false;
}

@ObjectType("HookChange", { simpleResolvers: true, description: "A hook that was created, changed or deleted." })
export class HookChangeNode {
  @Field(() => HookChangeTypeEnum, { description: "What it is." })
  readonly type: HookChangeType;

  @Field(() => HookType, { description: "The hook as it is now; a deleted one as it was, with `deletedAt`." })
  readonly hook: HookNode;

  constructor(type: HookChangeType, hook: HookNode) {
    this.type = type;
    this.hook = hook;
  }
}

/** Throws BAD_USER_INPUT, and FORBIDDEN when it names a namespace whose hooks may not be seen. */
export async function hookChanges(args: HookChangesArgs, context: GraphContext): Promise<Subscribed<HookChange>> {
  const { store, rights } = context;
  const faults = new Faults();
  faults.text("namespace", args.namespace);
  faults.raise();
  const { namespace } = args;
  if (namespace != null) await requireSight(rights, "hooks", [namespace]);
  const isWanted = (hook: Hook) =>
    (namespace == null || hook.namespace === namespace) && sees(rights.sight.hooks, hook.namespace);
  const changes = context.changes.hookChanges;
  const { head } = changes; // before the hooks are read: what comes between is told twice rather than not at all
  const first = args.initial ? (await existing(store)).filter(isWanted).map((hook) => toldAs("ADDED", hook)) : [];
  return {
    feed: {
      sequence: {
        get head() {
          return changes.head;
        },
        floor: 0,
        async read(after) {
          const read = changes.since(after);
          await rights.meet?.(read.changes.map(({ hook }) => hook.namespace));
          return read;
        },
        watch: (wake) => changes.subscribe(wake),
      },
      needs: namespace == null ? {} : { hooks: [namespace] },
      tell({ kind, hook }, isNew) {
        if (!isWanted(hook)) return undefined;
        return toldAs(kind === "deleted" ? "DELETED" : isNew ? "ADDED" : "MODIFIED", hook);
      },
    },
    start: { at: () => head, first },
  };
}

function toldAs(type: HookChangeType, hook: Hook): Tell {
  return (context) => {
    const node = hookNode(context, { namespace: hook.namespace, name: hook.name });
    node.know(hook);
    return new HookChangeNode(type, node);
  };
}

async function existing(store: VisibleStore): Promise<readonly Hook[]> {
  const hooks: Hook[] = [];
  for (;;) {
    const last = hooks.at(-1);
    const page = await store.hooks({ first: MAX_PAGE, ...(last ? { after: last } : {}) });
    hooks.push(...page.hooks);
    if (!page.hasMore) return hooks;
  }
}

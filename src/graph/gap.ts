// A gap as the graph tells it: what may be missing from a stream, and why. It is told, never passed over in silence.
// Three things can cause one: a source that was not in sync, retention, and a cursor that another store gave.
import { Field, ObjectType, registerEnumType } from "type-graphql";
import type { Gap } from "../events/gap.ts";
import type { Instant } from "../events/time.ts";
import type { ChangeSource } from "./context.ts";
import type { Rights } from "./rights.ts";
import { DateTime } from "./scalars.ts";

export const GAP_CAUSES = ["SOURCE", "RETENTION", "OTHER_STORE"] as const;
export type GapCause = (typeof GAP_CAUSES)[number];

const GapCauseEnum = Object.fromEntries(GAP_CAUSES.map((cause) => [cause, cause]));
registerEnumType(GapCauseEnum, {
  name: "GapCause",
  description: "Why something may be missing from a stream.",
  valuesConfig: {
    SOURCE: { description: "The source was not in sync for longer than the cluster keeps its Events." },
    RETENTION: { description: "Retention has removed events that changed behind the place resumed from." },
    OTHER_STORE: { description: "The cursor is not of this store: its data was replaced or restored since." },
  },
});

@ObjectType("Gap", {
  simpleResolvers: true,
  description:
    "A stretch of which it cannot be proven that everything is told. What is stored of it can be queried as ever.",
})
export class GapNode {
  @Field(() => GapCauseEnum, { description: "What caused it." })
  readonly cause: GapCause;

  @Field(() => DateTime, { nullable: true, description: "Its beginning; null when that is not known." })
  readonly from: Instant | null;

  @Field(() => DateTime, { nullable: true, description: "Its end; null when that is not known." })
  readonly to: Instant | null;

  @Field(() => String, { description: "The cause in words for people." })
  readonly reason: string;

  @Field(() => String, { nullable: true, description: "The source that was not in sync; null of other causes." })
  readonly source: string | null;

  constructor(cause: GapCause, parts: Pick<GapNode, "from" | "to" | "reason" | "source">) {
    this.cause = cause;
    this.from = parts.from;
    this.to = parts.to;
    this.reason = parts.reason;
    this.source = parts.source;
  }

  static ofSource({ from, to, reason, source }: Gap): GapNode {
    return new GapNode("SOURCE", { from, to, reason, source });
  }
}

/** Ends with the oldest event that is still stored, which is told to those alone who may see every event. */
export async function lostToRetention(store: ChangeSource, { sight }: Rights): Promise<GapNode> {
  const oldest = sight.events === "all" ? (await store.describe()).oldest : null;
  const reason = "events that changed behind this place were removed by retention";
  return new GapNode("RETENTION", { from: null, to: oldest, reason, source: null });
}

export function ofAnotherStore(): GapNode {
  const reason = "the cursor is not of this store, whose data was replaced or restored: the stream begins now";
  return new GapNode("OTHER_STORE", { from: null, to: null, reason, source: null });
}

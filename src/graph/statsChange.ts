// Statistics told again and again: a sequence of ticks, of which only the newest is worth telling.
// Who comes in between two ticks is told the newest one at once.
import { ArgsType, Field } from "type-graphql";
import type { GraphContext } from "./context.ts";
import { EventFilterInput, untimedFilter } from "./eventFilter.ts";
import { eventStats } from "./eventStats.ts";
import { Faults } from "./faults.ts";
import type { Item, Sequence, Subscribed } from "./live.ts";
import { Duration } from "./scalars.ts";
import { neededBy, requireFiltered } from "./visibleStore.ts";

const DEFAULT_EVERY = 10_000;
const LEAST_EVERY = 1_000;
const MOST_EVERY = 86_400_000;

@ArgsType()
export class StatsTellingArgs {
  @Field(() => EventFilterInput, {
    nullable: true,
    description:
      "Which events to count, as for `Query.stats`: all of them when left out. A stretch that ends now moves along with the time.",
  })
  readonly filter?: EventFilterInput | null;

  @Field(() => Duration, {
    nullable: true,
    description:
      "The last so long, up to now; 24 hours when left out. Together with times in the filter it is BAD_USER_INPUT.",
  })
  readonly timeRange?: number | null;

  @Field(() => Duration, {
    defaultValue: DEFAULT_EVERY,
    description: "How often to tell them: 1s to 1d, 10s when left out. Otherwise BAD_USER_INPUT.",
  })
  readonly every!: number; // given a default by the schema
}

/** Throws BAD_USER_INPUT, and FORBIDDEN when the filter names what may not be seen. */
export async function statsTelling(
  { filter, timeRange, every }: StatsTellingArgs,
  context: GraphContext,
): Promise<Subscribed> {
  const faults = new Faults();
  if (every < LEAST_EVERY || every > MOST_EVERY) faults.add("every", "is out of range: give 1s to 1d");
  faults.raise();
  eventStats(filter, timeRange, context); // throws for what cannot be counted
  const counted = untimedFilter(filter, faults);
  await requireFiltered(context.rights, counted);
  return {
    feed: {
      sequence: ticks(every),
      needs: neededBy(counted),
      tell: () => (told) => eventStats(filter, timeRange, told),
    },
    start: { at: (head) => head - 1 },
  };
}

/** Ticks while somebody watches. */
function ticks(every: number): Sequence<Item> {
  let head = 1;
  return {
    get head() {
      return head;
    },
    floor: 0,
    read: async (after) => ({ changes: after < head ? [{ seq: head }] : [], head }),
    watch(wake) {
      const timer = setInterval(() => {
        head++;
        wake();
      }, every);
      return () => clearInterval(timer);
    },
  };
}

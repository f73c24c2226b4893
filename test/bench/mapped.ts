// Watch events -> observations with their hooks: the gateway's own mapping and matching, put together for the bench.
// Used both to fill the stores and to measure the ingest.
import { type MappingContext, mapEvent } from "../../src/cluster/mapping.ts";
import { KHOOK_TABLE } from "../../src/cluster/mappingTable.ts";
import type { MatchedObservation } from "../../src/events/event.ts";
import { matchingHooks } from "../../src/events/hook.ts";
import { hooks, type KubeEvent } from "./dataset.ts";

const CONTEXT: MappingContext = { cluster: "bench", source: "kubernetes", table: KHOOK_TABLE };
const HOOKS = hooks();

/** Every Event of the dataset maps; one that does not is a fault of the dataset. */
export function matched(event: KubeEvent): MatchedObservation {
  const observation = mapEvent(event, CONTEXT);
  if (!observation) throw new Error(`the dataset holds an Event that maps to nothing: ${event.metadata.name}`);
  return { ...observation, hooks: matchingHooks(HOOKS, observation) };
}

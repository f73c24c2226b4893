// What of the cluster a Hook's manifest is judged by: the installed definition of the resource, and the namespaces.
// Each is kept for a minute; what cannot be read in time is said so, and asked for again soon. Never rejects.
import type { Millis } from "../events/duration.ts";
import type { HookDefinition, HookDefinitionVersion } from "../events/hookDefinition.ts";
import type { Instant } from "../events/time.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { HOOK_CRD } from "./features.ts";
import { asList, asObject, asWord, type JsonObject } from "./json.ts";
import { listAll } from "./pagedList.ts";

const KEPT: Millis = 60_000;
/** How long what could not be read is taken for that. */
const FAILED: Millis = 5_000;
/** Somebody waits for it. */
const PATIENCE: Millis = 3_000;

export interface HookSurroundingsOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** What there is without the cluster's. */
  readonly fallback: (reason: string) => HookDefinition;
}

export class HookSurroundings {
  readonly definition: () => Promise<HookDefinition>;
  readonly namespaces: () => Promise<readonly string[] | undefined>;

  constructor({ connection, clock, fallback }: HookSurroundingsOptions) {
    const definition = kept(clock, async (signal) => {
      const { body } = await connection.get(HOOK_CRD, {}, signal);
      return hookDefinition(body);
    });
    const namespaces = kept(clock, async (signal) => {
      const map = (object: JsonObject) => asWord(asObject(object.metadata)?.name);
      const { items } = await listAll({ connection, path: "/api/v1/namespaces", map, clock, signal });
      return items;
    });
    this.definition = () => definition().then((read) => ("value" in read ? read.value : fallback(read.reason)));
    this.namespaces = () => namespaces().then((read) => ("value" in read ? read.value : undefined));
  }
}

/** Throws when the CRD has no version that it serves with a schema. */
export function hookDefinition(crd: JsonObject): HookDefinition {
  const versions = asList(asObject(crd.spec)?.versions)
    .flatMap((value): readonly JsonObject[] => {
      const version = asObject(value);
      return version ? [version] : [];
    })
    .filter(({ served }) => served === true)
    .toSorted((a, b) => Number(b.storage === true) - Number(a.storage === true))
    .flatMap(versionOf);
  if (versions.length === 0) throw new Error("the installed CRD has no version with a schema");
  return { source: "CLUSTER", versions, reason: null };
}

function versionOf({ name, schema }: JsonObject): readonly HookDefinitionVersion[] {
  const word = asWord(name);
  const structural = asObject(asObject(schema)?.openAPIV3Schema);
  return word === undefined || structural === undefined ? [] : [{ name: word, schema: structural }];
}

type Read<T> = { readonly value: T } | { readonly reason: string };

/** Reads at most once at a time, and not again before what was read is old. */
function kept<T>(clock: Clock, read: (signal: AbortSignal) => Promise<T>): () => Promise<Read<T>> {
  let until: Instant = Number.NEGATIVE_INFINITY;
  let last: Promise<Read<T>> | undefined;
  return () => {
    if (last && clock.now() < until) return last;
    until = Number.POSITIVE_INFINITY; // while it is under way
    const reading = inTime(clock, read).then((outcome) => {
      until = clock.now() + ("value" in outcome ? KEPT : FAILED);
      return outcome;
    });
    last = reading;
    return reading;
  };
}

async function inTime<T>(clock: Clock, read: (signal: AbortSignal) => Promise<T>): Promise<Read<T>> {
  const life = new AbortController();
  const late = clock.sleep(PATIENCE, life.signal).then((): Read<T> => {
    return { reason: `the API server did not answer within ${PATIENCE / 1000} s` };
  });
  const answer = read(life.signal).then(
    (value): Read<T> => ({ value }),
    (error: unknown): Read<T> => ({ reason: error instanceof Error ? error.message : String(error) }),
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    life.abort();
  }
}

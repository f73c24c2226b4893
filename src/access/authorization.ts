// What an identity may do, asked of whoever reviews it: each answer, yes or no, holds for 10 s from when it was asked for.
// What several ask for at the same time is asked once, so many at once, caller by caller; what cannot be asked is nobody's to decide here.
import { hash } from "node:crypto";
import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import type { Millis } from "../events/duration.ts";
import type { AccessCounts } from "./accessCounts.ts";
import { FairTurns } from "./fairTurns.ts";
import type { Identity } from "./identity.ts";

/** What somebody wants to do: with resources of a namespace, or of the whole cluster; or with a path that is no resource. */
export type Attempt =
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      /** Absent: in the whole cluster. */
      readonly namespace?: string;
    }
  | { readonly verb: string; readonly path: string };

export interface AuthorizationOptions {
  /** Rejects when it cannot be found out. */
  readonly review: (identity: Identity, attempt: Attempt) => Promise<boolean>;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  readonly counts: AccessCounts;
}

export interface Decision {
  readonly allowed: boolean;
  /** By `elapsed`. */
  readonly until: number;
}

/** Who could decide cannot be asked. */
export class Undecided extends Error {
  override readonly name = "Undecided";
}

export const DECISION_HOLDS: Millis = 10_000;
const REMEMBERED = 100_000;
/** Reviews that the API server is sent at a time. */
const AT_ONCE = 16;
/** Of one caller: namespaces of a large cluster, in each way. */
const MOST_WAITING = 20_000;
/** For its turn; what is asked of the API server has a bound of its own. */
const LONGEST_WAIT: Millis = 10_000;

interface Asked {
  readonly key: string;
  readonly identity: Identity;
  readonly attempt: Attempt;
}

export class Authorization {
  readonly #options: AuthorizationOptions;
  readonly #decisions: DataLoader<Asked, Decision, string>;
  readonly #turns = new FairTurns({ atOnce: AT_ONCE, perCaller: MOST_WAITING });

  constructor(options: AuthorizationOptions) {
    this.#options = options;
    this.#decisions = new DataLoader((asked) => Promise.all(asked.map((each) => this.#review(each))), {
      batch: false, // nobody waits for what others ask
      cacheKeyFn: ({ key }) => key,
      cacheMap: new LRUCache<string, Promise<Decision>>({
        max: REMEMBERED,
        ttl: DECISION_HOLDS,
        ttlResolution: 0,
        perf: { now: options.elapsed },
      }),
    });
  }

  /** Rejects with Undecided. */
  decide(identity: Identity, attempt: Attempt): Promise<Decision> {
    return this.#decisions.load(askedOf(identity, attempt));
  }

  /** The same, past what is remembered. */
  decideAnew(identity: Identity, attempt: Attempt): Promise<Decision> {
    const asked = askedOf(identity, attempt);
    this.#decisions.clear(asked);
    return this.#decisions.load(asked);
  }

  async #review(asked: Asked): Promise<Decision | Error> {
    const { review, counts, elapsed } = this.#options;
    const { identity, attempt } = asked;
    const askedAt = elapsed();
    try {
      const turn = this.#turns.run(identity.username, async () => {
        if (elapsed() - askedAt > LONGEST_WAIT) throw new Error("it has waited for too long");
        return review(identity, attempt);
      });
      if (!turn) throw new Error("too much of this caller waits");
      const allowed = await turn;
      counts.reviewed(allowed ? "allowed" : "denied");
      return { allowed, until: askedAt + DECISION_HOLDS };
    } catch (cause) {
      counts.reviewed("undecided");
      this.#decisions.clear(asked);
      return new Undecided("it cannot be found out now who may do what", { cause });
    }
  }
}

function askedOf(identity: Identity, attempt: Attempt): Asked {
  const what =
    "path" in attempt ? [attempt.path] : [attempt.group, attempt.resource, attempt.namespace ?? "", "resource"];
  return { key: [identityKey(identity), attempt.verb, ...what].join("\n"), identity, attempt };
}

const keys = new WeakMap<Identity, string>();

/** Identities with one key are one. */
export function identityKey(identity: Identity): string {
  const known = keys.get(identity);
  if (known !== undefined) return known;
  const { username, uid, groups, extra } = identity;
  const key = hash("sha256", JSON.stringify([username, uid, groups, extra]), "base64");
  keys.set(identity, key);
  return key;
}

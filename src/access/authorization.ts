// What an identity may do, asked of whoever reviews it: each answer, yes or no, holds for 10 s from when it was asked for.
// What is asked at the same time is asked together, so many at once; what cannot be asked is nobody's to decide here.
import { hash } from "node:crypto";
import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import type { Millis } from "../events/duration.ts";
import type { AccessCounts } from "./accessCounts.ts";
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

interface Asked {
  readonly key: string;
  readonly identity: Identity;
  readonly attempt: Attempt;
}

export class Authorization {
  readonly #options: AuthorizationOptions;
  readonly #decisions: DataLoader<Asked, Decision, string>;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: AuthorizationOptions) {
    this.#options = options;
    this.#decisions = new DataLoader((asked) => Promise.all(asked.map((each) => this.#review(each))), {
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
    const until = this.#options.elapsed() + DECISION_HOLDS;
    if (this.#underWay >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#underWay++;
    try {
      const allowed = await this.#options.review(asked.identity, asked.attempt);
      this.#options.counts.reviewed(allowed ? "allowed" : "denied");
      return { allowed, until };
    } catch (cause) {
      this.#options.counts.reviewed("undecided");
      this.#decisions.clear(asked);
      return new Undecided("it cannot be found out now who may do what", { cause });
    } finally {
      this.#underWay--;
      this.#waiting.shift()?.();
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

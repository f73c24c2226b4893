// Access as the edges ask for it: who sends a request, what that one may see, and for how long a stream may go on.
// Without authentication everybody may see everything, and is told from others by address.
import { LRUCache } from "lru-cache";
import { type Actor, GATEWAY } from "../events/actor.ts";
import type { Millis } from "../events/duration.ts";
import { type Sight, WHOLE_SIGHT } from "../events/sight.ts";
import type { Instant } from "../events/time.ts";
import type { Authentication, Refusal } from "./authentication.ts";
import type { Credentials } from "./authenticator.ts";
import { type Authorization, identityKey } from "./authorization.ts";
import { CallerRights, type Looking } from "./callerRights.ts";
import type { Identity } from "./identity.ts";
import type { KnownNamespaces } from "./knownNamespaces.ts";
import { Watches, type WatchRights } from "./watch.ts";

/** What somebody may see and do; each rejects with Undecided while that cannot be found out. */
export interface AskedRights {
  sight(looking: Looking): Promise<Sight>;
  maySee(looking: Looking, what: keyof Sight, namespace: string): Promise<boolean>;
  mayGet(path: string): Promise<boolean>;
}

export interface Admitted {
  /** Whose requests and streams are counted together. */
  readonly name: string;
  /** Who it is; undefined when nobody has to say. */
  readonly user: string | undefined;
  /** In whose name the API server may be asked for it. */
  readonly actor: Actor;
  readonly rights: AskedRights;
}

/** One who stays: asked about again and again until `close` is called. */
export interface AdmittedWatch extends Pick<Admitted, "name" | "user" | "actor"> {
  /** What it may see when it asks once. */
  readonly asked: AskedRights;
  readonly rights: WatchRights;
  /** Aborted, with a Refusal as its reason, when the watch has to end. */
  readonly revoked: AbortSignal;
  /** Calls back when the rights have become less, until what it returns is called. */
  onNarrowed(narrowed: () => void): () => void;
  close(): void;
}

export interface Access {
  /** Whether callers have to say who they are. */
  readonly isGuarded: boolean;
  /** Whether the credentials were good not long ago, or there is nobody who would have to be asked about them. */
  knows(credentials: Credentials): boolean;
  admit(credentials: Credentials): Promise<Admitted | { readonly refusal: Refusal }>;
  watch(credentials: Credentials): Promise<AdmittedWatch | { readonly refusal: Refusal }>;
}

export const ALL_ALLOWED: AskedRights = {
  sight: async () => WHOLE_SIGHT,
  maySee: async () => true,
  mayGet: async () => true,
};

const ALL_WATCHED: WatchRights = {
  key: "*",
  sight: WHOLE_SIGHT,
  maySee: async () => true,
  mayGet: async () => true,
  meet: async () => undefined,
};

const ENDLESS = { revoked: new AbortController().signal, onNarrowed: () => () => undefined, close: () => undefined };

export const OPEN_ACCESS: Access = {
  isGuarded: false,
  knows: () => true,
  async admit({ address = "unknown" }) {
    return { name: address, user: undefined, actor: GATEWAY, rights: ALL_ALLOWED };
  },
  async watch({ address = "unknown" }) {
    return { name: address, user: undefined, actor: GATEWAY, asked: ALL_ALLOWED, rights: ALL_WATCHED, ...ENDLESS };
  },
};

export interface GuardedAccessOptions {
  readonly authentication: Authentication;
  readonly authorization: Authorization;
  readonly namespaces: KnownNamespaces;
  readonly clock: () => Instant;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  /** How often it is asked again whether a stream may go on. */
  readonly recheck: Millis;
}

/** Callers whose rights are remembered. */
const REMEMBERED = 10_000;

export function guardedAccess(options: GuardedAccessOptions): Access {
  const { authentication } = options;
  const known = new LRUCache<string, CallerRights>({ max: REMEMBERED });
  const watches = new Watches({ ...options, rightsOf });

  return {
    isGuarded: true,
    knows: (credentials) => authentication.knows(credentials),

    async admit(credentials) {
      const found = await authentication.authenticate(credentials);
      if ("refusal" in found) return found;
      const { identity, actor } = found;
      return { name: nameOf(identity), user: identity.username, actor, rights: rightsOf(identity) };
    },

    async watch(credentials) {
      const found = await authentication.authenticate(credentials);
      if ("refusal" in found) return found;
      const { identity, actor } = found;
      const watch = await watches.open(credentials, identity);
      if ("status" in watch) return { refusal: watch };
      return { name: nameOf(identity), user: identity.username, actor, ...watch };
    },
  };

  function rightsOf(identity: Identity): CallerRights {
    const key = identityKey(identity);
    const rights = known.get(key) ?? new CallerRights({ ...options, identity });
    known.set(key, rights);
    return rights;
  }
}

/** A user, told from any address. */
function nameOf({ username }: Identity): string {
  return `user ${username}`;
}

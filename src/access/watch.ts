// Rights over time: as long as somebody watches, who it is and what it may see is asked again, and what is gone is gone at once.
// Streams of one credential are asked about together. What cannot be asked any more is over as well.
import type { Millis } from "../events/duration.ts";
import { isWhole, type Scope, SIGHT_PARTS, type Sight, sees } from "../events/sight.ts";
import type { Instant } from "../events/time.ts";
import type { AdmittedWatch } from "./access.ts";
import type { Authentication, Refusal } from "./authentication.ts";
import type { Credentials } from "./authenticator.ts";
import { type Authorization, identityKey, Undecided } from "./authorization.ts";
import { attemptTo, type CallerRights } from "./callerRights.ts";
import type { Identity } from "./identity.ts";
import type { KnownNamespaces } from "./knownNamespaces.ts";
import { tokenKey } from "./remembered.ts";

/** What one who watches may see, as it is now. */
export interface WatchRights {
  /** Nothing is shared by those whose keys differ. */
  readonly key: string;
  readonly sight: Sight;
  /** Rejects with Undecided. */
  maySee(what: keyof Sight, namespace: string): Promise<boolean>;
  /** Rejects with Undecided. */
  mayGet(path: string): Promise<boolean>;
  /** Finds out of namespaces that may be new; then the sight knows them. */
  meet(namespaces: readonly string[]): Promise<void>;
}

export interface WatchesOptions {
  readonly authentication: Authentication;
  readonly authorization: Authorization;
  readonly namespaces: KnownNamespaces;
  readonly rightsOf: (identity: Identity) => CallerRights;
  readonly clock: () => Instant;
  readonly recheck: Millis;
}

/** A look that takes longer has found nothing out. */
const LONGEST_LOOK: Millis = 10_000;
/** What a timer can wait for. */
const LONGEST_WAIT: Millis = 2 ** 31 - 1;

const OVER: Refusal = { status: 401, detail: "The credentials have expired: connect again with new ones." };
const OTHERS: Refusal = { status: 401, detail: "The credentials are another's by now: connect again." };
const LESS: Refusal = {
  status: 403,
  detail: "You may see less than when the stream began: connect again for what is left.",
};
const NOTHING: Refusal = { status: 403, detail: "You may not see any of this any more." };
const UNDECIDED: Refusal = { status: 503, detail: "It cannot be found out now whether you may still see this." };

export class Watches {
  readonly #options: WatchesOptions;
  readonly #open = new Map<string, Watch>();
  readonly #opening = new Map<string, Promise<Watch | Refusal>>();
  #made = 0;

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  /**
   * For the one whose credentials were accepted lately. Who begins to watch is asked about afresh, so that from the beginning
   * on nothing is older than the time between two looks. Rejects with Undecided.
   */
  async open(
    credentials: Credentials,
    identity: Identity,
  ): Promise<Omit<AdmittedWatch, "name" | "user" | "actor"> | Refusal> {
    const key = `${tokenKey(credentials.token ?? "")} ${identityKey(identity)}`;
    const open = this.#open.get(key);
    if (open) return open.join();
    const opening = this.#opening.get(key) ?? this.#begin(key, credentials, identity);
    this.#opening.set(key, opening);
    const begun = await opening.finally(() => this.#opening.delete(key));
    return "status" in begun ? begun : begun.join();
  }

  async #begin(key: string, credentials: Credentials, identity: Identity): Promise<Watch | Refusal> {
    const { authentication, rightsOf, namespaces } = this.#options;
    const rights = rightsOf(identity);
    const known = new Set(namespaces.names);
    const [found, sight] = await Promise.all([authentication.authenticateAnew(credentials), rights.sightAnew("watch")]);
    if ("refusal" in found) return found.refusal;
    if (identityKey(found.identity) !== identityKey(identity)) return OTHERS;
    const id = `watch ${++this.#made}`;
    const ended = () => {
      if (this.#open.get(key) === watch) this.#open.delete(key);
    };
    const watch = new Watch(this.#options, { id, credentials, identity, rights, sight, known, ended });
    this.#open.set(key, watch);
    return watch;
  }
}

interface Watched {
  readonly id: string;
  readonly credentials: Credentials;
  readonly identity: Identity;
  readonly rights: CallerRights;
  readonly sight: Sight;
  /** The namespaces that the sight was decided of. */
  readonly known: Set<string>;
  readonly ended: () => void;
}

class Watch implements WatchRights {
  readonly key: string;
  readonly #options: WatchesOptions;
  readonly #watched: Watched;
  readonly #over = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #timers: NodeJS.Timeout[] = [];
  #nextLook: NodeJS.Timeout | undefined;
  #looks = 0;
  #members = 0;
  #sight: Sight;

  constructor(options: WatchesOptions, watched: Watched) {
    this.#options = options;
    this.#watched = watched;
    this.#sight = watched.sight;
    this.key = isWhole(watched.sight) ? "*" : watched.id;
    const { expiresAt } = watched.identity;
    this.#lookLater();
    const left = expiresAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, expiresAt - options.clock());
    if (left < LONGEST_WAIT) this.#timers.push(setTimeout(() => this.#end(OVER), left));
  }

  get sight(): Sight {
    return this.#sight;
  }

  join(): Omit<AdmittedWatch, "name" | "user" | "actor"> {
    this.#members++;
    let isOpen = true;
    return {
      asked: this.#watched.rights,
      rights: this,
      revoked: this.#over.signal,
      onNarrowed: (narrowed) => {
        this.#listeners.add(narrowed);
        return () => this.#listeners.delete(narrowed);
      },
      close: () => {
        if (isOpen) this.#members--;
        isOpen = false;
        if (this.#members === 0) this.#close();
      },
    };
  }

  async maySee(what: keyof Sight, namespace: string): Promise<boolean> {
    if (sees(this.#sight[what], namespace)) return true;
    const looks = this.#looks;
    if (!(await this.#watched.rights.maySee("watch", what, namespace))) return false;
    if (looks !== this.#looks) return sees(this.#sight[what], namespace); // what was asked before is older than what was seen since
    this.#sight = { ...this.#sight, [what]: widened(this.#sight[what], namespace) };
    return true;
  }

  mayGet(path: string): Promise<boolean> {
    return this.#watched.rights.mayGet(path);
  }

  async meet(namespaces: readonly string[]): Promise<void> {
    const { known } = this.#watched;
    const unknown = [...new Set(namespaces)].filter((namespace) => !known.has(namespace));
    if (unknown.length === 0) return;
    try {
      await Promise.all(unknown.flatMap((namespace) => SIGHT_PARTS.map((what) => this.maySee(what, namespace))));
      for (const namespace of unknown) known.add(namespace);
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      this.#end(UNDECIDED); // nobody is told past this place, and who comes back goes on from before it
    }
  }

  /** One look at a time: the next is so long after the last has ended. */
  #lookLater(): void {
    const { recheck } = this.#options;
    this.#nextLook = setTimeout(() => {
      const late = setTimeout(() => this.#end(UNDECIDED), LONGEST_LOOK);
      void this.#lookAgain().finally(() => {
        clearTimeout(late);
        if (!this.#over.signal.aborted && this.#members > 0) this.#lookLater();
      });
    }, recheck);
  }

  async #lookAgain(): Promise<void> {
    const { credentials, identity, rights, known } = this.#watched;
    const found = await this.#options.authentication.authenticateAnew(credentials);
    if (this.#over.signal.aborted) return;
    if ("refusal" in found) return this.#end(found.refusal);
    if (identityKey(found.identity) !== identityKey(identity)) return this.#end(OTHERS);
    try {
      const names = new Set(this.#options.namespaces.names);
      const sight = await this.#withNamed(await rights.sightAnew("watch"), names);
      if (this.#over.signal.aborted) return;
      for (const name of names) known.add(name);
      this.#nowSees(sight);
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      this.#end(UNDECIDED);
    }
  }

  /** A namespace may have been named of which nothing is stored: it is asked of by itself. */
  async #withNamed(sight: Sight, decided: ReadonlySet<string>): Promise<Sight> {
    const { authorization } = this.#options;
    const { identity } = this.#watched;
    const scopes = SIGHT_PARTS.map(async (what): Promise<readonly [keyof Sight, Scope]> => {
      const [before, now] = [this.#sight[what], sight[what]];
      if (before === "all" || now === "all") return [what, now];
      const named = [...before].filter((namespace) => !decided.has(namespace));
      const decisions = named.map((namespace) =>
        authorization.decideAnew(identity, attemptTo("watch", what, namespace)),
      );
      const allowed = await Promise.all(decisions);
      return [what, new Set([...now, ...named.filter((_, index) => allowed[index]?.allowed)])];
    });
    return { ...sight, ...Object.fromEntries(await Promise.all(scopes)) };
  }

  #nowSees(sight: Sight): void {
    const before = this.#sight;
    if (SIGHT_PARTS.some((what) => before[what] === "all" && sight[what] !== "all")) {
      this.#end(LESS); // what is told is shared with others
      return;
    }
    // What was told of events is kept encoded for those who are behind, with the hooks that could be seen then.
    const stay = (namespace: string) => sees(sight.events, namespace);
    if ((["hooks", "prompts"] as const).some((what) => lost(before[what], sight[what]).some(stay))) {
      this.#end(LESS);
      return;
    }
    const isLess = SIGHT_PARTS.some((what) => lost(before[what], sight[what]).length > 0);
    if (this.key === "*") return;
    this.#sight = sight;
    this.#looks++;
    if (!isLess) return;
    if (isNothing(sight.events) && isNothing(sight.hooks)) this.#end(NOTHING);
    else for (const listener of [...this.#listeners]) listener();
  }

  #end(refusal: Refusal): void {
    this.#close();
    this.#over.abort(refusal);
  }

  #close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#nextLook);
    this.#watched.ended();
  }
}

function widened(scope: Scope, namespace: string): Scope {
  return scope === "all" ? scope : new Set([...scope, namespace]);
}

/** Namespaces that were in the one and are not in the other. */
function lost(before: Scope, now: Scope): readonly string[] {
  if (before === "all" || now === "all") return [];
  return [...before].filter((namespace) => !now.has(namespace));
}

function isNothing(scope: Scope): boolean {
  return scope !== "all" && scope.size === 0;
}

// What callers may see, as the graph asks for it: decisions of the access room, with errors that callers may read.
// What cannot be decided now is UNAVAILABLE, and never allowed.
import type { IncomingMessage } from "node:http";
import { type Admitted, ALL_ALLOWED, type AskedRights } from "../access/access.ts";
import { Undecided } from "../access/authorization.ts";
import type { WatchRights } from "../access/watch.ts";
import { type Actor, GATEWAY, TOKENLESS } from "../events/actor.ts";
import { isWhole, type Sight, sightText, WHOLE_SIGHT } from "../events/sight.ts";
import { codedError } from "../graph/errors.ts";
import type { Rights } from "../graph/rights.ts";
import { RequestNote } from "./requestNote.ts";

/** The rights of one request. */
export class RequestRights implements Rights {
  readonly sight: Sight;
  readonly #asked: AskedRights;
  readonly #actor: Actor;
  /** Whether the answer depends on more than the sight: then it is this caller's alone. */
  isPersonal = false;

  constructor(asked: AskedRights, sight: Sight, actor: Actor) {
    this.#asked = asked;
    this.#actor = actor;
    this.sight = sight;
  }

  /** Throws UNAVAILABLE. */
  static async of({ rights, actor }: Pick<Admitted, "rights" | "actor">): Promise<RequestRights> {
    return new RequestRights(rights, await decided(rights.sight("list")), actor);
  }

  /** Whether everything stored may be seen, so that an answer may tell when any of it has changed. */
  get isWhole(): boolean {
    return isWhole(this.sight);
  }

  /** Callers whose texts are equal are answered the same, unless an answer is personal. */
  get text(): string {
    return sightText(this.sight);
  }

  maySee(what: keyof Sight, namespace: string): Promise<boolean> {
    this.isPersonal = true;
    return decided(this.#asked.maySee("list", what, namespace));
  }

  mayGet(path: string): Promise<boolean> {
    this.isPersonal = true;
    return decided(this.#asked.mayGet(path));
  }

  actor(): Actor {
    this.isPersonal = true;
    return this.#actor;
  }
}

/** The rights of a stream, which change while it is open. */
export function streamRights(rights: WatchRights): Rights {
  return {
    get sight() {
      return rights.sight;
    },
    maySee: (what, namespace) => decided(rights.maySee(what, namespace)),
    mayGet: (path) => decided(rights.mayGet(path)),
    actor: () => TOKENLESS,
    meet: (namespaces) => rights.meet(namespaces),
  };
}

export async function decided<Value>(decision: Promise<Value>): Promise<Value> {
  try {
    return await decision;
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    throw codedError("UNAVAILABLE", "It cannot be found out now what you may see: the API server does not answer.");
  }
}

const admitted = new RequestNote<RequestRights>("rights");

export function admit(request: IncomingMessage, rights: RequestRights): void {
  admitted.write(request, rights);
}

/** What the caller of a request may see. */
export type RightsOf = (request: IncomingMessage) => RequestRights;

/** Of who was let in; an error for anybody else, as nobody else is to come so far. */
export const admittedRights: RightsOf = (request) => {
  const rights = admitted.of(request);
  if (!rights) throw new Error("a request was served whose caller was not let in");
  return rights;
};

/** Where nobody is asked who it is. */
export const allRights: RightsOf = () => new RequestRights(ALL_ALLOWED, WHOLE_SIGHT, GATEWAY);

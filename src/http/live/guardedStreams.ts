// Streams as the access room lets them be: admitted by credentials, asked about again while they are open.
import type { IncomingMessage } from "node:http";
import type { Admitted, AdmittedWatch } from "../../access/access.ts";
import { Undecided } from "../../access/authorization.ts";
import { RequestRights, streamRights } from "../callerRights.ts";
import { credentialsOf, withoutQueryToken } from "../credentials.ts";
import { callerAddress } from "../limits/callerAddress.ts";
import { type Prover, proven } from "../proving.ts";
import type { Admission, StreamAccess } from "./streamAccess.ts";

export interface GuardedStreamsOptions extends Prover {
  /** Whether a token may stand in the query. */
  readonly tokenInQuery: boolean;
}

export function guardedStreams(options: GuardedStreamsOptions): StreamAccess {
  const { access, rates, tokenInQuery } = options;
  return {
    async admit(request: IncomingMessage, parameters?: Readonly<Record<string, unknown>>): Promise<Admission> {
      try {
        const credentials = credentialsOf(request, { parameters, inQuery: tokenInQuery });
        const known = await proven(options, request, credentials, access.admit);
        if ("refusal" in known) return { denial: known.refusal };
        const isCounted = !access.isGuarded && request.headers.upgrade !== undefined; // by the guard
        const hasty = isCounted ? undefined : rates.takeRequest(nameOf(known, request));
        if (hasty) return { denial: { status: 429, ...hasty } };
        const found = await access.watch(credentials);
        return "refusal" in found ? { denial: found.refusal } : { caller: callerOf(found, request) };
      } catch (error) {
        if (!(error instanceof Undecided)) throw error;
        return { denial: { status: 503, detail: "It cannot be found out now what you may see." } };
      }
    },
    routeQuery: (query) => (tokenInQuery ? withoutQueryToken(query) : query),
  };
}

/** As callers.ts has it. */
function nameOf({ name, user }: Pick<Admitted, "name" | "user">, request: IncomingMessage): string {
  return user === undefined ? callerAddress(request) : name;
}

function callerOf(found: AdmittedWatch, request: IncomingMessage) {
  const { name, user, actor, asked, rights, revoked, onNarrowed, close } = found;
  return {
    name: nameOf({ name, user }, request),
    user,
    rights: rights.key,
    seeing: streamRights(rights),
    asking: () => RequestRights.of({ rights: asked, actor }),
    revoked,
    onNarrowed,
    close,
  };
}

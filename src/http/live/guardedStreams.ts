// Streams as the access room lets them be: admitted by credentials, asked about again while they are open.
import type { IncomingMessage } from "node:http";
import type { Access, AdmittedWatch } from "../../access/access.ts";
import { Undecided } from "../../access/authorization.ts";
import { RequestRights, streamRights } from "../callerRights.ts";
import { credentialsOf } from "../credentials.ts";
import type { Admission, StreamAccess } from "./streamAccess.ts";

export interface GuardedStreamsOptions {
  readonly access: Access;
  /** Whether a token may stand in the query. */
  readonly tokenInQuery: boolean;
}

export function guardedStreams({ access, tokenInQuery }: GuardedStreamsOptions): StreamAccess {
  return {
    async admit(request: IncomingMessage, parameters?: Readonly<Record<string, unknown>>): Promise<Admission> {
      try {
        const found = await access.watch(credentialsOf(request, { parameters, inQuery: tokenInQuery }));
        return "refusal" in found ? { denial: found.refusal } : { caller: callerOf(found) };
      } catch (error) {
        if (!(error instanceof Undecided)) throw error;
        return { denial: { status: 503, detail: "It cannot be found out now what you may see." } };
      }
    },
  };
}

function callerOf({ name, user, actor, asked, rights, revoked, onNarrowed, close }: AdmittedWatch) {
  return {
    name,
    user,
    rights: rights.key,
    seeing: streamRights(rights),
    asking: () => RequestRights.of({ rights: asked, actor }),
    revoked,
    onNarrowed,
    close,
  };
}

// Who a request comes from, once that is known: for the log, and for whatever is counted by caller.
// While it is not known, callers are told by their addresses.
import type { IncomingMessage } from "node:http";
import { callerAddress } from "./limits/callerAddress.ts";
import { factsOf } from "./requestFacts.ts";
import { RequestNote } from "./requestNote.ts";

export interface NamedCaller {
  readonly name: string;
  /** undefined when nobody has to say who it is. */
  readonly user?: string | undefined;
}

const names = new RequestNote<string>("caller");

export function nameCaller(request: IncomingMessage, { name, user }: NamedCaller): void {
  if (user === undefined) return;
  names.write(request, name);
  factsOf(request).user = user;
}

/** Whose requests are counted together. */
export function callerOf(request: IncomingMessage): string {
  return names.of(request) ?? callerAddress(request);
}

// What every live edge works with: who may open streams, how many there may be, and the channels that all of them share.
import type { IncomingMessage } from "node:http";
import type { GraphContext } from "../../graph/context.ts";
import type { Executor } from "../../graph/execute.ts";
import type { Rights } from "../../graph/rights.ts";
import type { Guard } from "../guard.ts";
import type { HttpLog } from "../requestLog.ts";
import type { RestTable } from "../restTable.ts";
import type { StreamPath } from "../streamTable.ts";
import type { Channels } from "./channels.ts";
import type { StreamAccess } from "./streamAccess.ts";
import type { Streams } from "./streams.ts";

export interface LiveOptions {
  readonly executor: Executor;
  readonly table: RestTable<StreamPath>;
  readonly channels: Channels;
  readonly streams: Streams;
  readonly access: StreamAccess;
  readonly guard: Guard;
  /** What a request executes is charged to its caller; what many are told together, to nobody. */
  readonly contextOf: (requestId: string, request: IncomingMessage, rights?: Rights) => GraphContext;
  readonly log: HttpLog;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
}

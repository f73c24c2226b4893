// The stream routes by their paths, for both transports that serve them: server-sent events and WebSockets.
import type { Executor } from "../graph/execute.ts";
import type { RestRoute } from "./restRoute.ts";
import { RestTable, type ServedPath } from "./restTable.ts";
import { isStreamRoute, StreamOperation } from "./streamOperation.ts";

export interface StreamPath extends ServedPath {
  readonly operation: StreamOperation;
}

export function createStreamTable(routes: readonly RestRoute[], executor: Executor): RestTable<StreamPath> {
  const paths = routes.filter(isStreamRoute).map((route): StreamPath => {
    const except = new Map(route.parameters.map(({ name, except: left }) => [name, left]));
    return { path: route.path, except, operation: new StreamOperation(route, executor) };
  });
  return new RestTable(paths);
}

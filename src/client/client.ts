// The typed client, as `khook-gateway/client` exports it: this is all of it, and what is not here may change at any time.
// Each operation is a function of its own, so that a bundle holds only those it calls.
export type { ErrorCode } from "../generated/errorCodes.ts";
export * from "../generated/operations.ts";
export type { Change, EventTold, GapTold } from "./change.ts";
export type { ChangeStream, StreamOptions } from "./changeStream.ts";
export { createGateway, type Gateway, type GatewayOptions, type TokenSource } from "./gateway.ts";
export { type Fault, GatewayError, type GatewayErrorCode } from "./gatewayError.ts";
export type { QueryOptions } from "./query.ts";

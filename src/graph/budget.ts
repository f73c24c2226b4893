// What a caller may have executed: how much in all, and when, so that those who ask for little do not wait for those who ask for much.
// Who decides it knows the caller; what is asked here is only what an operation costs.
import type { ExecutionResult, GraphQLError } from "graphql";

export interface Budget {
  /** Takes the cost of an operation that is about to run from what its caller has left; the refusal when that is too little. */
  charge(cost: number): GraphQLError | undefined;
  /** Runs it when it is its caller's turn, which for what costs little is at once. */
  inTurn(cost: number, run: () => Promise<ExecutionResult>): Promise<ExecutionResult>;
}

/** Runs what costs so much within the budget; without one, or when the cost cannot be told, it is just run. */
export function spend(
  budget: Budget | undefined,
  cost: number | undefined,
  run: () => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  if (!budget || cost === undefined) return run();
  const refused = budget.charge(cost);
  return refused ? Promise.resolve({ errors: [refused] }) : budget.inTurn(cost, run);
}

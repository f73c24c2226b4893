// The agents khook calls, as khook's kagent client sees them: a call takes 1-20 seconds and sometimes fails.
// Promises a fixed answer for a fixed generator; errors are worded as khook's client wraps them.
import type { Random } from "./random.ts";

export interface AgentCall {
  /** How long the call takes, in milliseconds. */
  readonly took: number;
  readonly outcome: { readonly requestId: string } | { readonly error: string };
}

export interface AgentRef {
  readonly namespace: string;
  readonly name: string;
}

const CONTROLLER = "http://kagent-controller.kagent.svc.local:8083";
const FAILURE_RATE = 0.12;

type Fault = (agent: AgentRef, random: Random) => string;

const FAULTS: readonly Fault[] = [
  () =>
    `failed to create session: Post "${CONTROLLER}/api/sessions": dial tcp 10.96.41.7:8083: connect: connection refused`,
  () => `failed to create session: request failed with status 503: no healthy upstream`,
  ({ namespace, name }) => `session creation failed: Agent ${namespace}/${name} not found`,
  ({ namespace, name }) =>
    `failed to send A2A message: a2aClient.SendMessage: http request failed: Post "${CONTROLLER}/api/a2a/${namespace}/${name}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  (_agent, random) =>
    `failed to send A2A message: a2aClient.SendMessage: unexpected http status 500: {"error":"model provider returned 429: rate limit reached, retry in ${random.integer(5, 55)}s"}`,
  () => `failed to send A2A message: a2aClient.SendMessage: unexpected EOF`,
];

export function callAgent(agent: AgentRef, random: Random): AgentCall {
  const took = Math.round(random.between(1_000, 20_000));
  if (!random.chance(FAILURE_RATE)) return { took, outcome: { requestId: random.uuid() } };
  return { took, outcome: { error: random.pick(FAULTS)(agent, random) } };
}

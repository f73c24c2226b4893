// The hooks of a manifest put to the API server, in the caller's own name, so that it decides who may ask and what it would take.
// Who may not ask, and when nobody can, are errors; what it says of a hook is not.
import type { DryRunAnswer, DryRunVerdict, HookDraft } from "../events/hookDryRun.ts";
import type { ApiServerSays } from "../hooks/apiServerRules.ts";
import { hookDrafts } from "../hooks/hookDrafts.ts";
import type { Manifest, Subject } from "../hooks/manifest.ts";
import type { GraphContext } from "./context.ts";
import { badInput, codedError } from "./errors.ts";

/** Hooks that are asked about at once. */
const MAX_HOOKS = 20;

export async function dryRun(
  manifest: Manifest,
  { rights, dryRuns }: Pick<GraphContext, "rights" | "dryRuns">,
): Promise<ReadonlyMap<Subject, ApiServerSays>> {
  const actor = rights.actor();
  if (actor.kind === "tokenless") {
    const message =
      "A dry run asks the API server in your own name, which takes a bearer token of yours in the request.";
    throw codedError("FORBIDDEN", message);
  }
  const { drafts, unasked } = hookDrafts(manifest);
  if (drafts.size > MAX_HOOKS) {
    const message = `has ${drafts.size} hooks: a dry run takes at most ${MAX_HOOKS}, so give less at once`;
    throw badInput([{ path: "manifest", message }]);
  }
  const subjects = [...drafts];
  const answers = await dryRuns.ask([...drafts.values()], actor);
  refuseForbidden(
    subjects.map(([, draft], index) => [draft, answers[index]]),
    actor.kind === "caller",
  );
  const says = subjects.map(([subject], index): [Subject, ApiServerSays] => [subject, verdict(answers[index])]);
  return new Map([...says, ...[...unasked].map(([subject, why]) => [subject, { outcome: "unasked", why }] as const)]);
}

type Answered = readonly [HookDraft, DryRunAnswer | undefined];

/** Throws FORBIDDEN, naming what would have been needed and where. */
function refuseForbidden(answered: readonly Answered[], isCaller: boolean): void {
  const lacking = new Set<string>();
  for (const [{ namespace }, answer] of answered) {
    if (answer?.outcome !== "forbidden") continue;
    if (!answer.isKnown) {
      const whose = isCaller ? "your token" : "the gateway's credentials";
      const where = `so it lets nobody ${answer.verb} hooks in ${JSON.stringify(namespace)}`;
      throw codedError("FORBIDDEN", `The API server does not take ${whose}, ${where}.`);
    }
    lacking.add(`${answer.verb} hooks (kagent.dev) in ${JSON.stringify(namespace)}`);
  }
  if (lacking.size === 0) return;
  const who = isCaller ? "you" : "the gateway";
  throw codedError("FORBIDDEN", `A dry run is judged as a write, and ${who} may not ${[...lacking].join(", nor ")}.`);
}

/** Throws UNAVAILABLE. */
function verdict(answer: DryRunAnswer = { outcome: "unavailable", reason: "it does not answer" }): DryRunVerdict {
  if (answer.outcome === "unavailable") {
    throw codedError("UNAVAILABLE", `The API server cannot be asked now: ${answer.reason}.`);
  }
  if (answer.outcome === "forbidden") throw new Error("who may not ask was refused before");
  return answer;
}

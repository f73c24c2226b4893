// Hooks put to the API server in a dry run, in the name of whoever asks: it judges them as if they were applied, and stores nothing.
// Never rejects: what it says, that it says no, and that it cannot be asked are all answers. So many at once, and in bounded time.
import type { NamedActor } from "../events/actor.ts";
import type { Millis } from "../events/duration.ts";
import type { DryRunAnswer, DryRunVerb, HookDraft } from "../events/hookDryRun.ts";
import type { WholeAnswer } from "./answer.ts";
import type { Clock } from "./clock.ts";
import { ClusterError } from "./clusterError.ts";
import type { Asking, Connection } from "./connection.ts";
import { dryRunAnswer, unavailable } from "./dryRunAnswer.ts";
import { asObject, asWord } from "./json.ts";

export interface HookDryRunsOptions {
  readonly connection: Connection;
  readonly clock: Clock;
}

/** For all hooks that are asked about together: somebody waits for it. */
const PATIENCE: Millis = 10_000;
/** Hooks that the API server is asked about at a time, whoever asks. */
const AT_ONCE = 8;
/** A hook that is there is written by its controller every minute, so it may have changed just now. */
const ATTEMPTS = 3;

export class HookDryRuns {
  readonly #options: HookDryRunsOptions;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: HookDryRunsOptions) {
    this.#options = options;
  }

  /** In the order of the drafts. */
  async ask(drafts: readonly HookDraft[], actor: NamedActor): Promise<readonly DryRunAnswer[]> {
    const token = actor.kind === "caller" ? actor.token : undefined;
    const life = new AbortController();
    void this.#options.clock.sleep(PATIENCE, life.signal).then(() => life.abort());
    try {
      return await Promise.all(drafts.map((draft) => this.#inTurn(draft, { token, signal: life.signal })));
    } finally {
      life.abort();
    }
  }

  async #inTurn(draft: HookDraft, asking: Asking): Promise<DryRunAnswer> {
    if (this.#underWay >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#underWay++;
    try {
      return await this.#ask(draft, asking);
    } catch (error) {
      return unavailable(asking.signal.aborted ? `it did not answer within ${PATIENCE / 1000} s` : reasonOf(error));
    } finally {
      this.#underWay--;
      this.#waiting.shift()?.();
    }
  }

  /** Created, or, when it is there, put in the place of what is there. */
  async #ask({ namespace, name, version, object }: HookDraft, asking: Asking): Promise<DryRunAnswer> {
    const { connection } = this.#options;
    const hooks = `/apis/kagent.dev/${version}/namespaces/${namespace}/hooks`;
    const hook = `${hooks}/${encodeURIComponent(name)}`;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const created = await connection.rehearse("POST", hooks, object, asking);
      if (reasonIn(created) !== "AlreadyExists") return answerTo("create", created);
      const found = await connection.look(hook, asking);
      if (found.status === 404) continue;
      const resourceVersion = asWord(asObject(found.body?.metadata)?.resourceVersion);
      if (found.status !== 200 || resourceVersion === undefined) return answerTo("get", found);
      const metadata = { ...asObject(object.metadata), resourceVersion };
      const replaced = await connection.rehearse("PUT", hook, { ...object, metadata }, asking);
      if (replaced.status === 404 || reasonIn(replaced) === "Conflict") continue;
      return answerTo("update", replaced);
    }
    return unavailable(`${namespace}/${name} changes while it is asked about it`);
  }
}

function answerTo(verb: DryRunVerb, answer: WholeAnswer): DryRunAnswer {
  if (verb === "get" && answer.status === 200) return unavailable("its answer cannot be read");
  return dryRunAnswer(verb, answer);
}

function reasonIn({ status, body }: WholeAnswer): string | undefined {
  return status === 409 ? asWord(body?.reason) : undefined;
}

/** What went wrong in detail, addresses and files, is nobody's business who only asks about a hook. */
function reasonOf(error: unknown): string {
  if (!(error instanceof ClusterError)) return "it cannot be asked";
  switch (error.kind) {
    case "unconfigured":
      return "the gateway has no cluster";
    case "garbled":
      return "its answer cannot be read";
    default:
      return "it does not answer";
  }
}

// The cluster that is configured now, and the sockets to it: the gateway's own, and those of callers who bring their tokens.
// It is looked at again while there is none, and after failures, so that a kubeconfig that changed is picked up.
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import type { Clock } from "./clock.ts";
import { ClusterError } from "./clusterError.ts";
import { Credentials } from "./credentials.ts";
import type { ClusterTarget, LoadedKubeConfig } from "./kubeconfig.ts";
import { Transport } from "./transport.ts";

/** What is known of the cluster without asking it. */
export type ConnectionTarget =
  | ({ readonly configured: true } & ClusterTarget)
  | { readonly configured: false; readonly reason: string };

/** What has failed since it was loaded: it may have changed, or even what is remembered may be refused. */
type Doubt = "changed" | "refused";

/** Shortest time between two looks at the kubeconfig. */
const RELOAD_AFTER: Millis = 10_000;

/** Who a kubeconfig says nothing of. */
const NOBODY = { name: "nobody" };

export class ConfiguredCluster {
  readonly #load: () => LoadedKubeConfig;
  readonly #clock: Clock;
  #loaded: LoadedKubeConfig;
  #loadedAt: Instant;
  #own: Transport | undefined;
  /** It has nothing of the kubeconfig's user, whose certificate would win over a token. */
  #callers: Transport | undefined;
  #doubt: Doubt | undefined;

  constructor(load: () => LoadedKubeConfig, clock: Clock) {
    this.#load = load;
    this.#clock = clock;
    this.#loaded = load();
    this.#loadedAt = clock.now();
  }

  get target(): ConnectionTarget {
    return this.#loaded.found
      ? { configured: true, ...this.#loaded.target }
      : { configured: false, reason: this.#loaded.reason };
  }

  /** Throws a ClusterError while there is no cluster. */
  reach(isCallers: boolean): { readonly transport: Transport; readonly server: string } {
    if (this.#clock.now() - this.#loadedAt >= RELOAD_AFTER) this.#reload();
    if (!this.#loaded.found) throw new ClusterError("unconfigured", this.#loaded.reason);
    const { cluster, user, target } = this.#loaded;
    if (isCallers) {
      this.#callers ??= new Transport(new Credentials(cluster, NOBODY));
      return { transport: this.#callers, server: target.server };
    }
    this.#own ??= new Transport(new Credentials(cluster, user));
    return { transport: this.#own, server: target.server };
  }

  doubt(doubt: Doubt): void {
    if (this.#doubt !== "refused") this.#doubt = doubt;
  }

  close(): void {
    this.#own?.close();
    this.#own = undefined;
    this.#callers?.close();
    this.#callers = undefined;
  }

  /** Looks again when there was no cluster, or when what was loaded has failed since. */
  #reload(): void {
    const before = this.#loaded;
    if (before.found && !this.#doubt) return;
    const after = this.#load();
    this.#loadedAt = this.#clock.now();
    const same = JSON.stringify(before) === JSON.stringify(after);
    // Refused credentials may be ones that we remember, so those are dropped even if nothing looks different.
    if (after.found && !(same && this.#doubt !== "refused")) {
      this.close();
      this.#loaded = after;
    } else if (!before.found) {
      this.#loaded = after;
    }
    this.#doubt = undefined;
  }
}

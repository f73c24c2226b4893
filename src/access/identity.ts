// Who a caller is, as Kubernetes names users: what access is asked for. However it was proven, it looks the same from here on.
// A user or a group of `system:` comes from Kubernetes alone.
import type { Instant } from "../events/time.ts";

export interface Identity {
  /** `jane`, `system:serviceaccount:shop:reader` */
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** When what proved it is over; absent when that is not known. */
  readonly expiresAt?: Instant;
}

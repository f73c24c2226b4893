// Kubernetes' two ways to write an instant: Time (whole seconds) and MicroTime (exactly six fractional digits).
// Promises UTC; instants are milliseconds since 1970 and may carry a fraction.
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** `2026-11-23T08:01:24Z` */
export function kubeTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** `2026-11-23T08:01:24.846421Z` */
export function microTime(at: number): string {
  const whole = Math.floor(at);
  const micros = Math.min(999, Math.floor((at - whole) * 1000));
  return `${new Date(whole).toISOString().slice(0, 23)}${String(micros).padStart(3, "0")}Z`;
}

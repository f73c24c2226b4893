// Metrics of access: how callers were known, and what Kubernetes decided of them. No names, no tokens.
import type { AccessCounts } from "../access/accessCounts.ts";
import { type Registry, setCounts } from "./registry.ts";

export function accessMetrics(registry: Registry, { authentications, reviews }: AccessCounts): void {
  registry.part("access", (part) => {
    const authenticated = part.counter(
      "khook_gateway_authentications_total",
      "Callers that a way of authentication was asked about, answers that were remembered too.",
      ["mode", "outcome"],
    );
    const reviewed = part.counter(
      "khook_gateway_access_reviews_total",
      "Decisions that Kubernetes was asked for by SubjectAccessReview, each remembered for 10 s.",
      ["outcome"],
    );
    return () => {
      authenticated.reset();
      for (const [mode, outcomes] of authentications) {
        for (const [outcome, count] of Object.entries(outcomes)) authenticated.inc({ mode, outcome }, count);
      }
      setCounts(reviewed, "outcome", reviews);
    };
  });
}

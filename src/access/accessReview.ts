// What an identity may do, asked of the API server by SubjectAccessReview.
import type { Connection } from "../cluster/connection.ts";
import { reviewAccess } from "../cluster/reviews.ts";
import type { Millis } from "../events/duration.ts";
import type { AuthorizationOptions } from "./authorization.ts";

const TIMEOUT: Millis = 10_000;

export function accessReviews(connection: Connection): AuthorizationOptions["review"] {
  return async ({ username, uid = null, groups, extra = {} }, attempt) => {
    const user = { username, uid, groups, extra };
    const { allowed } = await reviewAccess(connection, user, attempt, AbortSignal.timeout(TIMEOUT));
    return allowed;
  };
}

// Callers of the gateway under access control, by their tokens: as long as those of ServiceAccounts, so that hashing costs what it costs.
import { hash } from "node:crypto";

/** May list and get everything. */
export const VIEWER_TOKEN = token("viewer");
/** May list and get in each namespace by a right of its own. */
export const MEMBER_TOKEN = token("member");

function token(name: string): string {
  return Array.from({ length: 20 }, (_, part) => hash("sha256", `${name} ${part}`, "base64url")).join(".");
}

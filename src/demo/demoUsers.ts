// Users of the demo, by their tokens, to try access control with: what each may do is what a Role or a ClusterRole would say.
// There is an administrator as well (server/access.ts).
import type { Rule, User } from "./server/access.ts";

interface DemoUser {
  readonly user: User;
  readonly rules: readonly Rule[];
}

const LOOK = ["get", "list", "watch"];
const GROUPS = ["events.k8s.io", "kagent.dev"];
const RESOURCES = ["events", "hooks"];

export const DEMO_USERS: Readonly<Record<string, DemoUser>> = {
  "demo-shop-token": {
    user: { username: "shop-developer", groups: ["system:authenticated"] },
    rules: [{ users: ["shop-developer"], verbs: LOOK, apiGroups: GROUPS, resources: RESOURCES, namespaces: ["shop"] }],
  },
  "demo-viewer-token": {
    user: { username: "viewer", groups: ["system:authenticated"] },
    rules: [{ users: ["viewer"], verbs: LOOK, apiGroups: GROUPS, resources: RESOURCES }],
  },
  "demo-nobody-token": { user: { username: "nobody", groups: ["system:authenticated"] }, rules: [] },
};

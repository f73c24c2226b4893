// Lays a patch over a Deployment, as `kubectl patch` does: node patch.mjs PATH-OF-THE-DEPLOYMENT PATCH-FILE.
// By the account that the pod has mounted; ends with 1 and what the API server said when it is refused.
import { readFileSync } from "node:fs";

const { SERVER, ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount" } = process.env;
const [path, file] = process.argv.slice(2);
const answer = await fetch(`${SERVER}${path}?fieldManager=khook-gateway`, {
  method: "PATCH",
  headers: {
    Authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, "utf8").trim()}`,
    "Content-Type": "application/strategic-merge-patch+json",
  },
  body: readFileSync(file),
  signal: AbortSignal.timeout(30_000),
});
if (answer.ok) console.log(`${path} is patched`);
else {
  console.error(`${path} is not patched: ${answer.status} ${await answer.text()}`);
  process.exitCode = 1;
}

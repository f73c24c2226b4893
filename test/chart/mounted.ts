// The files that a rendered pod mounts, laid out in a directory instead, with paths in them to match. Secrets are made up.
// A gateway that is given these files differs from the pod in where they lie and in nothing else.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FIRST } from "../http/certificateFiles.ts";
import { at, fileOf, listAt, type Manifest, podSpec, textAt } from "./manifest.ts";

type Files = Readonly<Record<string, string>>;

/** What is in the Secrets and ConfigMaps of others, by the name of their volume. */
const OF_OTHERS: Readonly<Record<string, Files>> = {
  "gateway-tls": { "tls.crt": FIRST.server.cert, "tls.key": FIRST.server.key, "ca.crt": FIRST.ca },
  "gateway-oidc": { "ca.crt": FIRST.ca },
  "gateway-proxy": { secret: "a-secret-of-the-proxy-that-is-long" },
  "gateway-webhook": { alertmanager: "a-secret-of-the-webhook-that-is-long" },
};

/** The arguments that the pod gives to the gateway, for files below `root`. */
export async function mount(manifests: readonly Manifest[], root: string): Promise<readonly string[]> {
  const pod = podSpec(manifests);
  const [container] = listAt(pod, "containers");
  const moved = (text: string) => text.replaceAll(/(?<![\w/])\/(?:etc\/khook-gateway|data)(?=[/\s]|$)/gm, `${root}$&`);
  for (const each of listAt(container, "volumeMounts")) {
    const volume = listAt(pod, "volumes").find((one) => at(one, "name") === at(each, "name"));
    const configMap = at(volume, "configMap.name");
    const own = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === configMap);
    const files = own ? filesOf(own) : (OF_OTHERS[textAt(each, "name")] ?? {});
    for (const [name, text] of Object.entries(files)) {
      const path = join(root, textAt(each, "mountPath"), name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, moved(text));
    }
  }
  return listAt(container, "args").map((argument) => moved(String(argument)));
}

function filesOf(configMap: Manifest): Files {
  const names = Object.keys(at(configMap, "data") ?? {});
  return Object.fromEntries(names.map((name) => [name, fileOf(configMap, name)]));
}

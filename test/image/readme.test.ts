// The README's ways to run the image: whether what they say is known to the gateway, and agrees with the image.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readCommand } from "../../src/config.ts";
import { readDockerfile } from "./dockerfile.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const section = /^## Run it in a container$([\s\S]*?)^## /m.exec(readme)?.[1] ?? "";
const { settings } = readDockerfile();

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly command: readonly string[]; readonly volumes: readonly string[] }>
  >;
}

interface Patch {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Sidecar] } } };
}

interface Sidecar {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly mountPath: string }[];
}

/** What stands behind the image's name in each `docker run`. */
function runs(): readonly (readonly string[])[] {
  const commands = [...section.replaceAll("\\\n", " ").matchAll(/docker run [^\n]*? khook-gateway ([^\n`<]*)/g)];
  return commands.map(([, words = ""]) => words.trim().split(/\s+/));
}

function yamlBlocks(): readonly unknown[] {
  return [...section.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => parse(text));
}

test("its commands are understood", () => {
  expect(runs().length).toBe(3);
  for (const argv of runs()) expect(() => readCommand({ argv, env: settings.env })).not.toThrow();
  expect(runs().map((argv) => readCommand({ argv, env: settings.env }).run)).toEqual([
    "gateway",
    "gateway",
    "validate",
  ]);
});

test("its Compose file starts a gateway that keeps its events in the image's volume", () => {
  const service = (yamlBlocks()[0] as Compose).services["khook-gateway"];
  const command = readCommand({ argv: service?.command ?? [], env: settings.env });
  expect(command).toMatchObject({
    run: "gateway",
    config: { dataDir: "/data", host: "0.0.0.0", clusterName: "staging" },
  });
  expect(service?.volumes.map((volume) => volume.split(":")[1])).toEqual([...settings.volumes, "/kubeconfig"]);
});

test("its sidecar listens where it says, and not where khook does", () => {
  const [sidecar] = (yamlBlocks()[1] as Patch).spec.template.spec.containers;
  const command = readCommand({ argv: sidecar.args, env: settings.env });
  if (command.run !== "gateway") throw new Error("this starts no gateway");
  const { port, metricsBindAddress, healthProbeBindAddress } = command.config;
  const told = [port, metricsBindAddress?.port, healthProbeBindAddress?.port];
  expect(sidecar.ports.map(({ containerPort }) => containerPort)).toEqual(told);
  expect(told).not.toContain(8080);
  expect(told).not.toContain(8081);
  for (const { name } of sidecar.ports) expect(name.length, name).toBeLessThanOrEqual(15); // Kubernetes' bound
  expect(sidecar.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(settings.volumes);
});

// The chart runs the image: by the user that it was made for, on the volume that it has, with the Node that is in it.
import { expect, test } from "vitest";
import { readCommand } from "../../src/config.ts";
import { temporaryDirectory } from "../gateway/gateway.ts";
import { readDockerfile } from "../image/dockerfile.ts";
import { hasHelm, rendered } from "./helm.ts";
import { at, listAt, podSpec } from "./manifest.ts";
import { mount } from "./mounted.ts";

const { settings: image } = readDockerfile();

test.runIf(hasHelm)("user, volume and ports are the image's, and its variables move none of them", async () => {
  const manifests = await rendered();
  const pod = podSpec(manifests);
  const [container] = listAt(pod, "containers");
  for (const context of [at(pod, "securityContext"), at(container, "securityContext")]) {
    expect(context).toMatchObject({ runAsUser: image.user.uid, runAsGroup: image.user.gid });
  }
  const mounts = listAt(container, "volumeMounts").filter((each) => at(each, "readOnly") !== true);
  expect(mounts.map((each) => at(each, "mountPath"))).toEqual(image.volumes);
  const ports = listAt(container, "ports").map((each) => Number(at(each, "containerPort")));
  expect(ports.toSorted()).toEqual(image.ports.toSorted());

  // In khook's pod the probes are elsewhere, whatever the image says.
  const beside = await rendered({ sidecar: { enabled: true } });
  const command = readCommand({ argv: await mount(beside, await temporaryDirectory()), env: image.env });
  if (command.run !== "gateway") throw new Error("these arguments start no gateway");
  expect(command.config.healthProbeBindAddress?.port).toBe(8083);
});

test.runIf(hasHelm)(
  "what starts it is the image's own, and what patches khook's Deployment is run by its Node",
  async () => {
    const manifests = await rendered({ sidecar: { enabled: true, apply: true } });
    expect(at(podSpec(manifests), "containers.0.command")).toBeUndefined();
    const jobs = manifests.filter(({ kind }) => kind === "Job");
    expect(jobs.length).toBe(2);
    for (const job of jobs) expect(at(job, "spec.template.spec.containers.0.command.0")).toBe(image.entrypoint[0]);
  },
);

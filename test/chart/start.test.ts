// What the chart configures starts the gateway: each installation's own files, against a cluster, asked real requests.
// Only ports and addresses are others than in a pod, as several run on one machine.
import { expect, test } from "vitest";
import { readCommand } from "../../src/config.ts";
import { Stage, startTestGateway, temporaryDirectory } from "../gateway/gateway.ts";
import { hasHelm, rendered } from "./helm.ts";
import { at, listAt, podSpec } from "./manifest.ts";
import { mount } from "./mounted.ts";
import { VALUE_SETS } from "./valueSets.ts";

/** The last of a flag counts. */
const HERE = ["--host=127.0.0.1", "--port=0", "--health-probe-bind-address=127.0.0.1:0", "--metrics-bind-address=0"];
/** What an image may bring along; a pod's ports and volumes are as its chart says all the same. */
const OF_AN_IMAGE = {
  KHOOK_GATEWAY_HOST: "127.0.0.1",
  KHOOK_GATEWAY_PORT: "1",
  KHOOK_GATEWAY_DATA_DIR: "/elsewhere",
  METRICS_BIND_ADDRESS: ":2",
  HEALTH_PROBE_BIND_ADDRESS: ":3",
};

test.runIf(hasHelm).each(Object.entries(VALUE_SETS))("%s: the gateway starts from it", async (_, values) => {
  const manifests = await rendered(values);
  const root = await temporaryDirectory();
  const flags = await mount(manifests, root);

  const command = readCommand({ argv: flags, env: OF_AN_IMAGE });
  if (command.run !== "gateway") throw new Error("these arguments start no gateway");
  const { config } = command;
  const [container] = listAt(podSpec(manifests), "containers");
  const port = (name: string) =>
    at(
      listAt(container, "ports").find((each) => String(at(each, "name")).endsWith(name)),
      "containerPort",
    );
  expect(config.port).toBe(port("http"));
  expect(config.healthProbeBindAddress).toEqual({ host: undefined, port: port("probes") });
  expect(config.metricsBindAddress?.port).toBe(port("metrics"));
  expect(config.dataDir).toBe(`${root}/data`);
  expect(config.host).toBe("0.0.0.0");
  expect(at(container, "env")).toEqual(values.extraEnv);

  const { cluster, clock } = await Stage.set();
  const gateway = await startTestGateway({ kubeconfig: cluster.kubeconfigPath, clock, flags: [...flags, ...HERE] });
  await gateway.gateway.ready;
  expect(gateway.errors).toEqual([]);
  expect((await fetch(`http://127.0.0.1:${gateway.gateway.probePort}/readyz`)).status).toBe(200);
  if (gateway.url.startsWith("https:")) return; // TLS has tests of its own
  const { status } = await fetch(`${gateway.url}/api/v1/events`);
  expect(status).toBe(config.allowUnauthenticated ? 200 : 401);
});

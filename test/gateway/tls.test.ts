// A whole gateway with a certificate: what it serves, that it takes up another, and how it says that it cannot have this one.
import { once } from "node:events";
import { connect } from "node:tls";
import { beforeAll, expect, test } from "vitest";
import { MOUNTED, Mount, OTHER, trustBoth } from "../http/certificateFiles.ts";
import { Stage } from "./gateway.ts";
import { until } from "./storedEvents.ts";

beforeAll(trustBoth);

async function issuerServed(url: string): Promise<string | undefined> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port) });
  await once(socket, "secureConnect");
  const { issuer } = socket.getPeerCertificate();
  socket.destroy();
  return String(issuer.CN);
}

test("it serves its API and its metrics over TLS, and both with another certificate once the files hold one", async () => {
  const mount = await Mount.with(MOUNTED);
  const stage = await Stage.set();
  const { certFile, keyFile, clientCaFile } = mount.files;
  const flags = ["--tls-cert-file", certFile, "--tls-key-file", keyFile, "--tls-client-ca-file", clientCaFile];
  const started = await stage.startGateway({ flags: [...flags, "--metrics-bind-address", "127.0.0.1:0"] });
  const { url, metricsUrl = "" } = started.gateway;
  expect([new URL(url).protocol, new URL(metricsUrl).protocol]).toEqual(["https:", "https:"]);
  expect((await fetch(`${url}/api/v1/events`)).status).toBe(200);
  expect(await (await fetch(metricsUrl)).text()).toContain("khook_gateway_build_info");
  const served = () => Promise.all([issuerServed(url), issuerServed(metricsUrl)]);
  expect(await served()).toEqual(["khook-gateway test CA", "khook-gateway test CA"]);
  await mount.swap({ ...OTHER.server, ca: OTHER.ca });
  await until(async () => (await issuerServed(url)) === "khook-gateway other test CA", "the other certificate");
  expect(await served()).toEqual(["khook-gateway other test CA", "khook-gateway other test CA"]);
  expect(started.errors).toEqual([]);
});

test("it does not start with a key that is another certificate's, and says so", async () => {
  const { certFile, keyFile } = (await Mount.with({ ...MOUNTED, key: OTHER.server.key })).files;
  const stage = await Stage.set();
  await expect(stage.startGateway({ flags: ["--tls-cert-file", certFile, "--tls-key-file", keyFile] })).rejects.toThrow(
    "--tls-cert-file and --tls-key-file do not fit",
  );
  await expect(stage.startGateway({ flags: ["--tls-cert-file", certFile] })).rejects.toThrow(
    "--tls-cert-file needs --tls-key-file",
  );
  await expect(stage.startGateway({ flags: ["--http2"] })).rejects.toThrow("--http2 needs --tls-cert-file");
});

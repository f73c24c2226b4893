// Hostile bodies: bombs, more than may be, less than was said, and ones that never come.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { type Attacker, expectRefusals, gatewayWith, type Told, until } from "./attacked.ts";

const MIB = 1024 * 1024;
const SECRET = "a-secret-of-some-length";
/** As JSON and as YAML 200 MB of nothing, in 200 kB. */
const NOTHING = Buffer.concat([Buffer.from('{"query":"'), Buffer.alloc(200 * MIB, " ")]);
const BOMBS = { gzip: gzipSync(NOTHING), deflate: deflateSync(NOTHING), br: brotliCompressSync(NOTHING) };
/** A bomb in a bomb. */
const NESTED = gzipSync(BOMBS.gzip);

interface Edge {
  readonly path: string;
  readonly type: string;
  readonly headers?: string;
}

const EDGES: readonly Edge[] = [
  { path: "/graphql", type: "application/json" },
  { path: "/api/v1/hooks/validate", type: "application/yaml" },
  {
    path: "/api/v1/sources/webhook/ci",
    type: "application/cloudevents+json",
    headers: `Authorization: Bearer ${SECRET}\r\n`,
  },
];

const directory = mkdtempSync(join(tmpdir(), "khook-gateway-secret-"));
const secretFile = join(directory, "secret");
writeFileSync(secretFile, SECRET);
afterAll(() => rmSync(directory, { recursive: true }));

const gateway = gatewayWith("--webhook-secret-file", secretFile, "--max-requests-in-flight", "100");

function post({ path, type, headers = "" }: Edge, more: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${headers}${more}\r\n\r\n`;
}

test("bombs go off nowhere, whatever they are packed in", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    const told: Record<string, Told | "nothing"> = {};
    for (const edge of EDGES) {
      const bombs = { ...BOMBS, "gzip, gzip": NESTED, "x-gzip": BOMBS.gzip, identity: BOMBS.gzip, zstd: BOMBS.gzip };
      for (const [coding, bomb] of Object.entries(bombs)) {
        const head = post(edge, `Content-Encoding: ${coding}\r\nContent-Length: ${bomb.length}`);
        told[`${coding} to ${edge.path}`] = await attacked.tell(Buffer.concat([Buffer.from(head), bomb]));
      }
    }
    expectRefusals(told);
  });
}, 60_000);

test("bodies larger than may be are refused by what they say, and by what they are", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    const told: Record<string, Told | "nothing"> = {};
    for (const edge of EDGES) {
      told[`said, to ${edge.path}`] = await attacked.tell(post(edge, `Content-Length: ${4_000 * MIB}`));
      const attacker = await attacked.connect();
      attacker.send(post(edge, "Transfer-Encoding: chunked"));
      const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65_536, " "), Buffer.from("\r\n")]);
      for (let sent = 0; sent < 256 && !attacker.isClosed; sent++) attacker.send(chunk);
      told[`sent, to ${edge.path}`] = await attacker.told;
      told[`no chunk to ${edge.path}`] = await attacked.tell(`${post(edge, "Transfer-Encoding: chunked")}0\r\n\r\n`);
    }
    // An empty manifest is one that is judged, and an answer like any other.
    const { "no chunk to /api/v1/hooks/validate": _, ...others } = told;
    expectRefusals(others);
  });
}, 60_000);

test("bodies that never come keep nobody else from being served, and make room where it is needed", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    const attackers: Attacker[] = [];
    // A hundred at a time: the caller who behaves is refused while it may be that they still come, and asks again.
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 95; index++) {
        const attacker = await attacked.connect();
        attacker.send(`${post(EDGES[index % EDGES.length] as Edge, "Content-Length: 1000")}{`); // there are three
        attackers.push(attacker);
      }
      await until(() => round === 0 || attackers.filter(({ isClosed }) => isClosed).length >= 30 * round, "room");
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    }
    for (const { told, isClosed } of attackers) if (isClosed) expect([503, 408, "closed"]).toContain(await told);
    expect(attackers.filter(({ isClosed }) => isClosed).length).toBeGreaterThan(200);
  });
}, 60_000);

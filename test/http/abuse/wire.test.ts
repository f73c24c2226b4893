// Hostile HTTP: headers, paths, framing, line ends. What is refused is refused whole, and what is answered is answered as asked.
import { expect, test } from "vitest";
import { expectRefusals, gatewayWith, type Told } from "./attacked.ts";

const END = "Host: localhost\r\nConnection: close\r\n\r\n";
const GET = "GET /api/v1/events?limit=1 HTTP/1.1\r\n";

function headers(count: number, size = 1): string {
  return Array.from({ length: count }, (_, index) => `X-${index}: ${"a".repeat(size)}\r\n`).join("");
}

const REFUSED: Readonly<Record<string, string>> = {
  "1 MB of one header": `${GET}X: ${"a".repeat(1_000_000)}\r\n${END}`,
  "1 MB of a header's name": `${GET}${"X".repeat(1_000_000)}: a\r\n${END}`,
  "headers by the ten thousand": `${GET}${headers(10_000)}${END}`,
  "a path of 1 MB": `GET /${"a".repeat(1_000_000)} HTTP/1.1\r\n${END}`,
  "a cookie of 1 MB": `${GET}Cookie: ${"a=b; ".repeat(200_000)}\r\n${END}`,
  "two lengths": `POST /graphql HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n${END}`,
  "a length and chunks": `POST /graphql HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n${END}0\r\n\r\n`,
  "chunks of chunks": `POST /graphql HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n${END}0\r\n\r\n`,
  "chunks that are none": `POST /graphql HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n${END}0\r\n\r\n`,
  "chunks of another name": `POST /graphql HTTP/1.1\r\nTransfer-Encoding : chunked\r\n${END}0\r\n\r\n`,
  "a chunk of a size that is none": `POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n${END}zz\r\n`,
  "a chunk larger than numbers are": `POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n${END}ffffffffffffffffff\r\n`,
  "an extension of a chunk without end": `POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n${END}1;${"a".repeat(100_000)}\r\n`,
  "a length below nothing": `POST /graphql HTTP/1.1\r\nContent-Length: -1\r\n${END}`,
  "a length larger than numbers are": `POST /graphql HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n${END}`,
  "a line folded": `${GET}X: a\r\n b: c\r\n${END}`,
  "a line ended by CR alone": `${GET}X: a\rInjected: b\r\n${END}`,
  "a line ended by LF alone": `GET /api/v1/events HTTP/1.1\nHost: localhost\n\n`,
  "nothing in a header": `${GET}X: a\u0000b\r\n${END}`,
  "a space before the colon": `${GET}Host : evil\r\n${END}`,
  "a header without a name": `${GET}: a\r\n${END}`,
  "no host": "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
  "two hosts": `${GET}Host: evil.example\r\n${END}`,
  "another's host": `${GET}Host: evil.example\r\nConnection: close\r\n\r\n`,
  "a host of other letters": `${GET}Host: l\u00f8calhost\r\nConnection: close\r\n\r\n`,
  "another version": `GET / HTTP/9.9\r\n${END}`,
  "no version": "GET /\r\n\r\n",
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  TLS: "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
  SSH: "SSH-2.0-OpenSSH_9.6\r\n\r\n",
  bytes: Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 151 + 7) % 256)).toString("latin1"),
  "a method of its own": `STEAL /api/v1/events HTTP/1.1\r\n${END}`,
  TRACE: `TRACE /api/v1/events HTTP/1.1\r\n${END}`,
  DELETE: `DELETE /api/v1/events HTTP/1.1\r\n${END}`,
  CONNECT: `CONNECT evil.example:443 HTTP/1.1\r\n${END}`,
  "a path out of the tree": `GET /../../../etc/passwd HTTP/1.1\r\n${END}`,
  "the same, written otherwise": `GET /api/v1/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n${END}`,
  "the same, in the way of others": `GET /api/v1/%5c..%5c..%5cwindows HTTP/1.1\r\n${END}`,
  "the same, too long for UTF-8": `GET /api/v1/%c0%ae%c0%ae/passwd HTTP/1.1\r\n${END}`,
  "a path with nothing in it": `GET /api/v1/hooks/%00/b HTTP/1.1\r\n${END}`,
  "a path with ends of lines": `GET /api/v1/hooks/a%0d%0aSet-Cookie:%20a=b/b HTTP/1.1\r\n${END}`,
  "a path with an end of a line, as it is": `GET /api\r\nSet-Cookie: a=b HTTP/1.1\r\n${END}`,
  "a path of other letters": `GET /api/v1/ev\u00e9nts HTTP/1.1\r\n${END}`,
  "a path of two slashes": `GET //evil.example/api HTTP/1.1\r\n${END}`,
  "a script for a path": `GET /<script>alert(1)</script> HTTP/1.1\r\n${END}`,
  "another expectation": `GET / HTTP/1.1\r\nExpect: everything\r\n${END}`,
  "an upgrade to what is not spoken": `GET /nowhere HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nHost: localhost\r\n\r\n`,
  "a WebSocket without a key": `GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  "a WebSocket of another's page": `GET /graphql HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
};

const gateway = gatewayWith();

test("hostile requests are refused one by one", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    const told: Record<string, Told | "nothing"> = {};
    for (const [name, text] of Object.entries(REFUSED)) told[name] = await attacked.tell(Buffer.from(text, "latin1"));
    expectRefusals(told);
  });
}, 60_000);

/** Odd, and nothing wrong with it: answered as if it were not there. */
const ODD: Readonly<Record<string, string>> = {
  "ranges by the thousand": `Range: bytes=${"0-,".repeat(8_000)}0-`,
  "codings by the thousand": `Accept-Encoding: ${"gzip;q=0.5,".repeat(2_000)}br`,
  "media by the thousand": `Accept: ${"text/*;q=0.1, ".repeat(1_500)}application/json`,
  "spaces without end": `Accept: ${" ".repeat(30_000)}application/json`,
  "tags by the thousand": `If-None-Match: ${'"a", '.repeat(5_000)}"b"`,
  "a tag that does not end": `If-None-Match: ${'W/"'.repeat(8_000)}`,
  "languages without end": `Accept-Language: ${"x-".repeat(15_000)}`,
  "addresses of others": `X-Forwarded-For: ${"10.0.0.1, ".repeat(3_000)}::1`,
  "a trace that is none": `traceparent: ${"0".repeat(30_000)}`,
  "a name that would break a line": "X-Request-Id: a%0d%0aSet-Cookie: b=c",
  "a name of other letters": "X-Request-Id: \u00fc\u00f1\u00ee",
  "a prototype": "__proto__: a\r\nconstructor: b",
};

test("odd headers change nothing about the answer, and none of them comes back in it", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    for (const [name, header] of Object.entries(ODD)) {
      const attacker = await attacked.connect();
      attacker.send(Buffer.from(`${GET}${header}\r\n${END}`, "latin1"));
      expect([name, await attacker.told]).toEqual([name, 200]);
      const [head = ""] = attacker.text.split("\r\n\r\n", 1);
      expect(head.toLowerCase()).not.toMatch(/set-cookie|10\.0\.0\.1|\u00fc|proto/);
    }
  });
}, 60_000);

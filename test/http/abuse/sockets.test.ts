// Connections by the thousand: that say nothing, that say it slowly, that ask and never listen.
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Attacked, type Attacker, gatewayWith, until } from "./attacked.ts";

async function connections(attacked: Attacked, count: number): Promise<readonly Attacker[]> {
  const attackers: Attacker[] = [];
  // A hundred at a time, each hundred from an address of its own, for an address has only so many ports.
  for (let first = 0; first < count; first += 100) {
    const address = `127.0.0.${2 + ((first / 100) % 200)}`;
    attackers.push(...(await Promise.all(Array.from({ length: 100 }, () => attacked.connect(address)))));
  }
  return attackers;
}

function closed(attackers: readonly Attacker[]): number {
  return attackers.filter(({ isClosed }) => isClosed).length;
}

const gateway = gatewayWith();
const narrow = gatewayWith("--max-connections", "500", "--max-requests-in-flight", "200");

test("three thousand connections that say nothing, or never finish what they say, are closed after ten seconds", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    const attackers = await connections(attacked, 3_000);
    for (const [index, attacker] of attackers.entries()) {
      if (index % 3 === 1) attacker.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
      if (index % 3 === 2) attacker.send("\r\n");
    }
    const dripping = setInterval(() => {
      for (const attacker of attackers) if (attacker.text === "") attacker.send("a");
    }, 1_000);
    await until(() => closed(attackers) === attackers.length, "all of them closed", 25_000).finally(() =>
      clearInterval(dripping),
    );
    for (const { told } of attackers) expect([408, 400, "closed"]).toContain(await told);
  });
}, 60_000);

test("connections over the cap are closed at once, and those within it are served", async () => {
  const attacked = narrow();
  await attacked.withstands(
    async () => {
      const attackers = await connections(attacked, 400);
      expect(closed(attackers)).toBe(0);
      for (const attacker of attackers) attacker.socket.destroy();
      await pause(200);
      const many = await Promise.all(Array.from({ length: 900 }, () => attacked.connect("127.0.0.9")));
      await until(() => closed(many) > 350, "those over the cap closed");
      for (const attacker of many) attacker.socket.destroy();
      await pause(200);
    },
    { isCrowded: true },
  );
}, 60_000);

test("who asks without end and takes no answer is answered no further, and goes on where it was when it does", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    const attackers = await Promise.all(Array.from({ length: 20 }, () => attacked.connect("127.0.0.2")));
    for (const [index, attacker] of attackers.entries()) {
      attacker.socket.pause();
      const page = `GET /api/v1/events?limit=1000&offset=${index} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      attacker.send(page.repeat(90));
    }
    await pause(2_500);
    for (const { socket } of attackers) socket.resume();
    for (const { told } of attackers) expect(await told).toBe(200);
  });
}, 60_000);

test("requests in each other's steps on one connection, and connections that break off in the middle, leave nothing behind", async () => {
  const attacked = narrow();
  await attacked.withstands(
    async () => {
      for (let round = 0; round < 10; round++) {
        const attackers = await Promise.all(Array.from({ length: 100 }, () => attacked.connect()));
        for (const [index, attacker] of attackers.entries()) {
          attacker.send("GET /api/v1/events?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1 + (index % 20)));
          attacker.send(
            "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
          );
        }
        await pause(20 * round);
        for (const [index, { socket }] of attackers.entries()) {
          if (index % 2 === 0) socket.resetAndDestroy();
          else socket.destroy();
        }
      }
      // A place that was lost would be missed: there are two hundred, and each round took all of them.
      await until(async () => (await fetch(`${attacked.url}/api/v1/events?limit=1`)).status === 200, "a place");
    },
    { isCrowded: true },
  );
}, 60_000);

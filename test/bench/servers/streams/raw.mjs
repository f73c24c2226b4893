// Baseline r: ws as it is, one text encoded once for a change and sent to every socket.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { CURSORS } from "../../streams/places.ts";
import { steered } from "./control.mjs";

const size = Number(process.argv[2]);
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
let made = 0;

function text() {
  made++;
  const start = `{"cursor":"${CURSORS.encode(made)}","text":"`;
  return Buffer.from(`${start}${"x".repeat(Math.max(0, size - start.length - 2))}"}`);
}

server.listen(0, "127.0.0.1", () =>
  steered(server, {
    publish(changes) {
      for (let change = 0; change < changes; change++) {
        const data = text();
        for (const socket of sockets.clients) socket.send(data, { binary: false });
      }
    },
  }),
);

// How whoever listens to a server steers it: lines on a port of its own, a name and a number each, so that nobody stands between.
// What an action returns is answered as a line of JSON; one that returns nothing is not answered. Faults end the server.
import { createServer } from "node:net";

/** The process's memory after what nobody holds is gone; needs --expose-gc. */
function memory() {
  for (let run = 0; run < 3; run++) globalThis.gc?.();
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, external, arrayBuffers };
}

export async function steered(server, actions) {
  const resident = () => ({ rss: process.memoryUsage.rss() });
  const all = { memory, resident, ...actions };
  const control = createServer((socket) => {
    let rest = "";
    socket.setEncoding("latin1").setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", async (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const [name, number] = line.split(" ");
        const answer = await all[name](Number(number));
        if (answer !== undefined) socket.write(`${JSON.stringify(answer)}\n`);
      }
    });
  });
  await new Promise((resolve) => control.listen(0, "127.0.0.1", resolve));
  process.on("disconnect", () => process.exit(0)); // nobody is left to steer it
  process.on("SIGTERM", () => process.exit(0)); // so that a profile is written
  process.send({ port: server.address().port, control: control.address().port });
}

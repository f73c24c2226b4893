// How a server of the bench tells that it listens: by a message to the process that started it, or on the console.
// Nobody is left behind: when whoever started it is gone, it goes too.

process.on("disconnect", () => process.exit(0));

export function ready(server) {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`http://127.0.0.1:${port}`);
}

/** The plain table's file: the only argument. */
export const [, , plainPath] = process.argv;

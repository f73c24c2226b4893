// The other end of servers/streams/control.mjs: tells a server what to do, from the process that listens to it.
// Answers come in the order of the questions.
import { connect, type Socket } from "node:net";

export class Steering {
  readonly #socket: Socket;
  readonly #waiting: ((answer: unknown) => void)[] = [];
  #rest = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("error", () => {}); // the bench hears of it from the process itself
    socket.on("data", (text) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#waiting.shift()?.(JSON.parse(line));
    });
  }

  static open(port: number): Promise<Steering> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(new Steering(socket)));
      socket.once("error", reject);
    });
  }

  tell(action: string, number = 0): void {
    this.#socket.write(`${action} ${number}\n`);
  }

  ask<T>(action: string, number = 0): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting.push((answer) => resolve(answer as T)); // what the action of this name gives
      this.tell(action, number);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

// A log that remembers, so that a test can ask what was said and how loud.
import type { Log } from "../../src/cluster/log.ts";

export interface LogLine {
  readonly level: keyof Log;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export class TestLog implements Log {
  readonly lines: LogLine[] = [];
  debug = this.#at("debug");
  info = this.#at("info");
  warn = this.#at("warn");
  error = this.#at("error");

  at(level: keyof Log): readonly LogLine[] {
    return this.lines.filter((line) => line.level === level);
  }

  #at(level: keyof Log) {
    return (fields: object, message: string): void => {
      this.lines.push({ level, fields: { ...fields }, message });
    };
  }
}

// What this room needs of a logger: pino's shape, fields first.
// Nothing in it is specific to one library.

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

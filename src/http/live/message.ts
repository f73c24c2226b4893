// One thing told to subscribers, as text that any transport can frame, and how the result of an execution becomes one.
// It is made once for all who are told it.
import type { ExecutionResult } from "graphql";

export interface Message {
  /** The place right behind it in the sequence. */
  readonly place: number;
  /** What a client resumes from; empty where the text itself says. */
  readonly id: string;
  /** Of a message that is not of the ordinary kind: `gap`. */
  readonly name: string | undefined;
  /** JSON. */
  readonly text: string;
}

/** How results of one operation are written. */
export interface Encoder {
  /** Encoders of one key write the same. */
  readonly key: string;
  encode(result: ExecutionResult): Omit<Message, "place">;
}

export const GRAPHQL_ENCODER: Encoder = {
  key: "graphql",
  encode: (result) => ({ id: "", name: undefined, text: JSON.stringify(result) }),
};

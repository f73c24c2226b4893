// A stream route as the OpenAPI document shows it: both transports, and the schema of what each message holds.
// OpenAPI 3.1 has no word for a sequence of messages: it is a text, and the schema of its content that of one message's data.

import { sseText } from "../live/framing.ts";
import type { Reference, Response } from "../openapiDocument.ts";
import type { AnswerModel, MessageModel } from "./answerModel.ts";
import type { SchemaComponents } from "./openapiSchema.ts";

export interface StreamModel {
  readonly summary: string;
  readonly answer: AnswerModel;
  readonly message: MessageModel;
}

const EXAMPLE_ID = "m3x9q2-5k";

export function streamResponses(
  { summary, answer, message }: StreamModel,
  components: SchemaComponents,
): Readonly<Record<string, Response | Reference>> {
  if (answer.kind !== "json") throw new Error("a stream of documents");
  const named = message.named.map(({ name, model }) => ({ name, model }));
  const kinds = [{ name: undefined, model: answer.root }, ...named];
  const example = kinds.map(({ name, model }) => {
    return sseText({ id: EXAMPLE_ID, name, text: JSON.stringify(components.exampleOf(model)) });
  });
  return {
    "101": {
      description:
        "The request was a WebSocket's. Messages are JSON objects: first `ready` with the `id` of the place the stream begins at, then what " +
        'server-sent events hold, with `id` and `type` beside. The client may send `{"type":"filter","filter":{…}}` with the names of the ' +
        "query's parameters. Close codes: 1001 shutdown, 4400 bad message, 4401, 4403, 4408 nothing was read for too long, 4429.",
    },
    "200": {
      description: `${summary}, one message for each.`,
      content: {
        "text/event-stream": {
          schema: {
            type: "string",
            description:
              "Server-sent events (WHATWG HTML, 9.2). Each has an `id` to resume from and JSON `data`; messages with a name have it as " +
              "`event`. The first is a `ready` with the id of the place the stream begins at; a `shutdown` says that the gateway goes away. A comment comes every 15 s. The schema of the content is that of `data`.",
            contentMediaType: "application/json",
            contentSchema: { anyOf: kinds.map(({ model }) => components.of(model)) },
          },
          example: example.join(""),
        },
      },
    },
    "400": { $ref: "#/components/responses/BadRequest" },
    "405": { $ref: "#/components/responses/MethodNotAllowed" },
    "406": { $ref: "#/components/responses/NotAcceptable" },
    "429": { $ref: "#/components/responses/TooManyRequests" },
    default: { $ref: "#/components/responses/Failure" },
  };
}

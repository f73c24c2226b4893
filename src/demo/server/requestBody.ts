// The body of a request as a value.
// Promises 413 over 3 MiB, 415 for what is neither JSON nor YAML nor a kind that is read as protobuf, 400 in Go's words for
// what cannot be parsed.
import type { IncomingMessage } from "node:http";
import { parse } from "yaml";
import { isJsonObject, type JsonObject } from "../admission/fieldType.ts";
import { goSyntaxError } from "../admission/goJson.ts";
import { isProtobufKind, ProtobufError, readProtobuf } from "./protobuf.ts";
import { badRequest, unsupportedMediaType } from "./statusError.ts";
import { bodyOf } from "./wire.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const OBJECT_TYPES = ["application/json", "application/yaml", PROTOBUF];

/** The media type alone, in lower case. */
export function mediaType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** A whole object. `kind` is what the refusal of unreadable text says was expected. */
export async function readBody(request: IncomingMessage, kind: string): Promise<unknown> {
  return parsed(await bodyOf(request), mediaType(request), kind);
}

/** The options of a deletion, which may be left out altogether. */
export async function readOptions(request: IncomingMessage): Promise<JsonObject> {
  const bytes = await bodyOf(request);
  const options = bytes.length === 0 ? {} : parsed(bytes, mediaType(request), "DeleteOptions");
  return isJsonObject(options) ? options : {};
}

function parsed(bytes: Buffer, type: string, kind: string): unknown {
  if (type === PROTOBUF && isProtobufKind(kind)) return fromProtobuf(bytes, kind);
  if (type !== "" && !["application/json", "application/yaml"].includes(type)) throw unsupportedMediaType(OBJECT_TYPES);
  const text = bytes.toString();
  try {
    return type === "application/yaml" ? parse(text) : JSON.parse(text);
  } catch {
    const why = `couldn't get version/kind; json parse error: ${goSyntaxError(text)}`;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(bytes)})`);
  }
}

function fromProtobuf(bytes: Buffer, kind: string): unknown {
  try {
    return readProtobuf(bytes, kind);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): ${error.message} (${summary(bytes)})`,
    );
  }
}

/** The beginning of a body as a refusal repeats it: as text when it looks like JSON, else in hexadecimal. */
function summary(bytes: Buffer): string {
  if (bytes.length === 0) return "<empty>";
  const isObject = bytes[0] === 0x7b;
  const part = bytes.subarray(0, 30);
  const text = isObject ? part.toString() : part.toString("hex");
  return bytes.length > 30 ? `${text} ...` : text;
}

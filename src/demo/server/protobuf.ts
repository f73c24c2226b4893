// What kubectl sends as protobuf of the kinds served here, read as the JSON it stands for: a Namespace that is to be made.
// Promises a ProtobufError for bytes that are no such message. Fields that no client gives to a new object are passed over.
import type { JsonObject } from "../admission/fieldType.ts";

export class ProtobufError extends Error {}

/** By field number: the name in JSON, and how its bytes are read. */
type Message = Readonly<Record<number, readonly [name: string, type: FieldType]>>;
type FieldType = "text" | "texts" | "textsByKey" | Message;

// k8s.io/apimachinery/pkg/runtime and apis/meta/v1, k8s.io/api/core/v1: their generated.proto
const TYPE_META: Message = { 1: ["apiVersion", "text"], 2: ["kind", "text"] };
const ENVELOPE = { typeMeta: 1, raw: 2 } as const;
const OBJECT_META: Message = {
  1: ["name", "text"],
  2: ["generateName", "text"],
  3: ["namespace", "text"],
  5: ["uid", "text"],
  6: ["resourceVersion", "text"],
  11: ["labels", "textsByKey"],
  12: ["annotations", "textsByKey"],
  14: ["finalizers", "texts"],
};
const KINDS: Readonly<Record<string, Message>> = {
  Namespace: {
    1: ["metadata", OBJECT_META],
    2: ["spec", { 1: ["finalizers", "texts"] }],
    3: ["status", { 1: ["phase", "text"] }],
  },
};

const MAGIC = Buffer.from("k8s\0");
const ENTRY = { key: 1, value: 2 } as const;

/** Whether bodies of a kind are read here; a real server reads all of its built-in ones. */
export function isProtobufKind(kind: string): boolean {
  return Object.hasOwn(KINDS, kind);
}

/** The object in an envelope. One of another kind than was expected has no fields but those that say so. */
export function readProtobuf(bytes: Buffer, kind: string): JsonObject {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    const prefix = `[${[...MAGIC].join(" ")}]`;
    throw new ProtobufError(`provided data does not appear to be a protobuf message, expected prefix ${prefix}`);
  }
  const parts = new Map(fieldsOf(bytes.subarray(MAGIC.length)));
  const type = readMessage(parts.get(ENVELOPE.typeMeta) ?? Buffer.alloc(0), TYPE_META);
  const message = type.kind === kind ? KINDS[kind] : undefined;
  return { ...type, ...(message ? readMessage(parts.get(ENVELOPE.raw) ?? Buffer.alloc(0), message) : {}) };
}

function readMessage(bytes: Buffer, message: Message): JsonObject {
  const object: Record<string, unknown> = {};
  for (const [number, value] of fieldsOf(bytes)) {
    const field = message[number];
    if (!field) continue;
    const [name, type] = field;
    if (type === "text") {
      if (value.length > 0) object[name] = value.toString(); // Go writes the empty text of a field that was not set
    } else if (type === "texts") {
      object[name] = [...((object[name] as readonly string[] | undefined) ?? []), value.toString()]; // as made here
    } else if (type === "textsByKey") {
      const entry = new Map(fieldsOf(value));
      const key = (entry.get(ENTRY.key) ?? "").toString();
      object[name] = { ...(object[name] as JsonObject | undefined), [key]: (entry.get(ENTRY.value) ?? "").toString() }; // as above
    } else {
      object[name] = readMessage(value, type);
    }
  }
  return object;
}

/** The fields that hold bytes, in order; numbers are passed over. */
function* fieldsOf(bytes: Buffer): Generator<readonly [number: number, value: Buffer]> {
  let at = 0;
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) take(8);
    else if (wireType === 5) take(4);
    else if (wireType === 2) yield [Math.floor(tag / 8), take(varint())];
    else throw new ProtobufError(`proto: illegal wireType ${wireType}`);
  }

  function take(length: number): Buffer {
    if (length > bytes.length - at) throw new ProtobufError("unexpected EOF");
    at += length;
    return bytes.subarray(at - length, at);
  }

  /** Exact up to 2 to the power of 53, which no length or field number reaches. */
  function varint(): number {
    let value = 0;
    for (let place = 0; place < 10; place++) {
      const byte = take(1)[0] ?? 0;
      value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte < 0x80) return value;
    }
    throw new ProtobufError("proto: integer overflow");
  }
}

// CloudEvents 1.0 in their three modes, with the examples of the specification, its JSON format and its HTTP binding.
import { describe, expect, test } from "vitest";
import { BATCHED, EVENT, faultsOf, read, reportsOf, STRUCTURED } from "./reading.ts";

const AT = Date.parse(EVENT.time);

describe("one in JSON", () => {
  test("with data in Base64 that is nothing to be read, extensions, and a subject that is unset", () => {
    const event = {
      ...EVENT,
      subject: null,
      comexampleextension1: "value",
      comexampleothervalue: 5,
      unsetextension: null,
      datacontenttype: "application/vnd.apache.thrift.binary",
      data_base64: "AAECAw==",
    };
    expect(reportsOf(STRUCTURED, event)).toEqual([
      {
        identity: ["CloudEvent", "/mycontext", "C234-1234-1234"],
        type: "com.example.someevent",
        at: AT,
        message: "",
        namespace: "default",
        resource: { apiVersion: "", kind: "CloudEvent", name: "/mycontext", namespace: null, uid: null },
        tags: { comexampleextension1: "value", comexampleothervalue: "5", cloudEventSource: "/mycontext" },
      },
    ]);
  });

  test("with data that is XML, so text", () => {
    const event = { ...EVENT, datacontenttype: "application/xml", data: '<much wow="xml"/>' };
    expect(reportsOf(STRUCTURED, event)[0]?.message).toBe('<much wow="xml"/>');
  });

  test("with data in Base64 that is JSON", () => {
    const data_base64 = Buffer.from('{"message":"the disk is full","pod":"web-1","namespace":"shop"}').toString(
      "base64",
    );
    const [report] = reportsOf(STRUCTURED, { ...EVENT, datacontenttype: "application/json", data_base64 });
    expect(report).toMatchObject({
      message: "the disk is full",
      namespace: "shop",
      resource: { kind: "Pod", name: "web-1" },
    });
  });

  test.each([
    "https://github.com/cloudevents",
    "mailto:cncf-wg-serverless@lists.cncf.io",
    "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
    "cloudevents/spec/pull/123",
    "/sensors/tn-1234567/alerts",
    "1-555-123-4567",
  ])("whose source is %s, as the specification allows", (source) => {
    expect(reportsOf(STRUCTURED, { ...EVENT, source })[0]?.identity).toEqual(["CloudEvent", source, EVENT.id]);
  });

  test("without a time has none", () => {
    const { time: _time, ...timeless } = EVENT;
    expect(reportsOf(STRUCTURED, timeless)[0]?.at).toBeNull();
  });

  test("of a media type with parameters, in any case", () => {
    expect(reportsOf("Application/CloudEvents+JSON; charset=UTF-8", EVENT)).toHaveLength(1);
  });

  test("with a byte order mark before it", () => {
    expect(reportsOf(STRUCTURED, `\uFEFF${JSON.stringify(EVENT)}`)).toHaveLength(1);
  });
});

describe("a batch", () => {
  test("has as many reports as events, in their order", () => {
    const events = [EVENT, { ...EVENT, id: "2", source: "/mycontext/4" }];
    expect(reportsOf(BATCHED, events).map(({ identity }) => identity.slice(1))).toEqual([
      ["/mycontext", "C234-1234-1234"],
      ["/mycontext/4", "2"],
    ]);
  });

  test("may be empty", () => {
    expect(reportsOf(BATCHED, [])).toEqual([]);
  });

  test("with one that is wrong is refused as a whole, naming each", () => {
    expect(faultsOf(BATCHED, [EVENT, { ...EVENT, id: undefined, type: 7 }, "none", null])).toEqual([
      "[1].id: is missing: it must be a text, and not empty",
      "[1].type: must be a text, and not empty",
      "[2]: a CloudEvent must be an object",
      "[3]: a CloudEvent must be an object",
    ]);
  });

  test("with a thousand that are wrong names the first hundred faults", () => {
    const faults = faultsOf(BATCHED, new Array(1000).fill({}));
    expect([faults.length, faults.at(-1)]).toEqual([101, "and 3900 more faults"]);
  });

  test("is a list", () => {
    expect(faultsOf(BATCHED, EVENT)).toEqual(["The body must be a list of CloudEvents"]);
  });
});

describe("one in headers", () => {
  const headers = {
    "ce-specversion": "1.0",
    "ce-type": "com.example.someevent",
    "ce-time": "2018-04-05T03:56:24Z",
    "ce-id": "1234-1234-1234",
    "ce-source": "/mycontext/subcontext",
  };

  test("has the body for its data", () => {
    const body = { summary: "out of disk", resource: { kind: "Node", name: "worker-1" } };
    const [report] = reportsOf("application/json; charset=utf-8", body, { ...headers, "ce-partition": "7" });
    expect(report).toMatchObject({
      identity: ["CloudEvent", "/mycontext/subcontext", "1234-1234-1234"],
      at: Date.parse("2018-04-05T03:56:24Z"),
      message: "out of disk",
      resource: { apiVersion: "v1", kind: "Node", name: "worker-1", namespace: null },
      tags: { partition: "7" },
    });
  });

  test("may have no body, and no media type", () => {
    expect(reportsOf(undefined, "", headers)[0]?.message).toBe("");
  });

  test("may have a body that is not looked into", () => {
    expect(reportsOf("image/png", new Uint8Array([0xff, 0x00]), headers)[0]?.message).toBe("");
  });

  test.each([
    ["Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"],
    ["%e2%82%ac", "€"],
    ["%41bc", "Abc"],
    ['"quoted \\"text\\""', 'quoted "text"'],
    ["100%25", "100%"],
  ])("whose subject is %s is about %s", (subject, name) => {
    expect(reportsOf(undefined, "", { ...headers, "ce-subject": subject })[0]?.resource.name).toBe(name);
  });

  test("names what is wrong by its header", () => {
    const wrong = { "ce-type": "t", "ce-source": "a b", "ce-time": "yesterday", "ce-subject": "%zz" };
    expect(faultsOf("application/json", "{", wrong)).toEqual([
      "ce-subject: must be percent-encoded UTF-8",
      "The body is not JSON",
      'ce-specversion: is missing: it must be "1.0"',
      "ce-id: is missing: it must be a text, and not empty",
      "ce-source: must be a URI reference, such as /ci/builds or https://ci.example.com",
      "ce-time: must be a time as RFC 3339 has it, such as 2026-11-23T08:01:24Z",
    ]);
  });
});

describe("what is wrong is named, with what would be right", () => {
  test.each([
    [{ specversion: "0.3" }, 'specversion: must be "1.0"'],
    [{ specversion: 1.0 }, 'specversion: must be "1.0"'],
    [{ id: "" }, "id: must be a text, and not empty"],
    [{ id: 7 }, "id: must be a text, and not empty"],
    [{ source: "not a uri" }, "source: must be a URI reference, such as /ci/builds or https://ci.example.com"],
    [{ source: "/50%" }, "source: must be a URI reference, such as /ci/builds or https://ci.example.com"],
    [{ type: null }, "type: is missing: it must be a text, and not empty"],
    [{ subject: "" }, "subject: must be a text, and not empty"],
    [{ datacontenttype: "json" }, "datacontenttype: must be a media type, such as application/json"],
    [
      { dataschema: "schema.json" },
      "dataschema: must be a URI with its scheme, such as https://example.com/schema.json",
    ],
    [{ time: "2026-02-30T00:00:00Z" }, "time: must be a time as RFC 3339 has it, such as 2026-11-23T08:01:24Z"],
    [{ time: 1764000000 }, "time: must be a time as RFC 3339 has it, such as 2026-11-23T08:01:24Z"],
    [{ time: "0001-01-01T00:00:00Z" }, "time: must not lie before 1970"],
    [{ time: "9999-12-31T23:59:59-23:59" }, "time: lies more than a day ahead of this gateway's clock"],
    [{ data_base64: "%%%" }, "data_base64: must be a text in Base64"],
    [{ data: 1, data_base64: "AA==" }, "data_base64: there must not be both data and data_base64"],
    [{ datacontenttype: "application/json", data_base64: "AA==" }, "data_base64: is not JSON"],
  ])("%j", (change, fault) => {
    expect(faultsOf(STRUCTURED, { ...EVENT, ...change })).toEqual([fault]);
  });

  test("of an empty object all that is required", () => {
    expect(faultsOf(STRUCTURED, {}).map((fault) => fault.split(":")[0])).toEqual([
      "specversion",
      "id",
      "source",
      "type",
    ]);
  });

  test("of a body that is no JSON, and of one that is no UTF-8", () => {
    expect(faultsOf(STRUCTURED, "{")).toEqual(["The body is not JSON"]);
    expect(faultsOf(STRUCTURED, new Uint8Array([0x22, 0xff, 0x22]))).toEqual(["The body is not UTF-8"]);
  });
});

test.each([
  undefined,
  "",
  "text/plain",
  "application/cloudevents+avro",
  "application/cloudevents",
  "multipart/form-data",
])("a body of type %j is foreign", (type) => {
  expect(read(type, EVENT)).toMatchObject({ kind: "foreign" });
});

test("a body of another charset is foreign", () => {
  expect(read(`${STRUCTURED}; charset=utf-16`, EVENT)).toEqual({
    kind: "foreign",
    why: "The body has to be UTF-8, and its charset is another",
  });
});

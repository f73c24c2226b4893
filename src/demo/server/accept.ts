// What form of an answer a caller can take.
// Promises the first acceptable clause of the header: JSON, YAML, a Table or metadata alone; undefined means 406.

export interface Form {
  readonly yaml: boolean;
  readonly as: "object" | "table" | "metadata";
}

const JSON_OBJECT: Form = { yaml: false, as: "object" };

/** `application/json;as=Table;v=v1;g=meta.k8s.io,application/json` and the like. Protobuf is not spoken here. */
export function formOf(accept: string | undefined): Form | undefined {
  if (accept === undefined || accept.trim() === "") return JSON_OBJECT;
  for (const clause of accept.split(",")) {
    const [type = "", ...parameters] = clause.split(";").map((part) => part.trim());
    const of = new URLSearchParams(parameters.join("&"));
    const isYaml = type === "application/yaml";
    if (!isYaml && !["application/json", "application/*", "*/*"].includes(type)) continue;
    const as = of.get("as");
    if (as === null) return { yaml: isYaml, as: "object" };
    const isMeta = of.get("g") === "meta.k8s.io" && ["v1", "v1beta1"].includes(of.get("v") ?? "");
    if (!isMeta) continue;
    if (as === "Table") return { yaml: isYaml, as: "table" };
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return { yaml: isYaml, as: "metadata" };
  }
  return undefined;
}

// What Kubernetes takes as a name, a label and a qualified key.
// Promises its messages word for word; an empty list means the text is fine. Lengths are counted in bytes.

export type NameRule = (text: string) => readonly string[];

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const KEY_CHARACTERS =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
// The doubled space before "or" is a real server's.
const KEY_EXPLANATION = `${KEY_CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${KEY}')`;

const labelExpression = new RegExp(`^${LABEL}$`);
const subdomainExpression = new RegExp(`^${SUBDOMAIN}$`);
const keyExpression = new RegExp(`^${KEY}$`);
const labelValueExpression = new RegExp(`^(${KEY})?$`);

export const dnsSubdomain: NameRule = (text) => [
  ...tooLong(text, 253),
  ...(subdomainExpression.test(text)
    ? []
    : [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
          `and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
      ]),
];

export const dnsLabel: NameRule = (text) => {
  if (labelExpression.test(text)) return tooLong(text, 63);
  if (subdomainExpression.test(text)) return [...tooLong(text, 63), "must not contain dots"];
  return [
    ...tooLong(text, 63),
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
      `an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
  ];
};

/** The rule every object's name obeys, because it becomes a part of a URL. */
export const pathSegment: NameRule = (text) => {
  if (text === "." || text === "..") return [`may not be '${text}'`];
  return ["/", "%"]
    .filter((character) => text.includes(character))
    .map((character) => `may not contain '${character}'`);
};

/** Keys of labels and annotations, finalizers, names of reporting controllers. */
export const qualifiedName: NameRule = (text) => {
  const parts = text.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${KEY_EXPLANATION} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const [prefix, name] = parts.length === 2 ? [parts[0], parts[1] ?? ""] : [undefined, parts[0] ?? ""];
  const messages: string[] = [];
  if (prefix === "") messages.push("prefix part must be non-empty");
  else if (prefix !== undefined) messages.push(...dnsSubdomain(prefix).map((message) => `prefix part ${message}`));
  if (name === "") messages.push("name part must be non-empty");
  else messages.push(...tooLong(name, 63).map((message) => `name part ${message}`));
  if (!keyExpression.test(name)) messages.push(`name part ${KEY_EXPLANATION}`);
  return messages;
};

export const labelValue: NameRule = (text) => [
  ...tooLong(text, 63),
  ...(labelValueExpression.test(text)
    ? []
    : [
        `a valid label must be an empty string or ${KEY_CHARACTERS.replace("must consist", "consist")} (e.g. 'MyValue', ` +
          ` or 'my_value',  or '12345', regex used for validation is '(${KEY})?')`,
      ]),
];

function tooLong(text: string, limit: number): readonly string[] {
  return Buffer.byteLength(text) > limit ? [`must be no more than ${limit} bytes`] : [];
}

// The Dockerfile, read: its stages, and in each what is to be done, in order.
// Throws on whatever the tests do not carry out, so that nothing in it goes untested.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type Copy,
  DockerfileParser,
  type From,
  type Instruction,
  type JSONInstruction,
  type PropertyInstruction,
} from "dockerfile-ast";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const DOCKERFILE = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8");

export type Step =
  | { readonly does: "workdir"; readonly path: string }
  | { readonly does: "run"; readonly command: string }
  | {
      readonly does: "copy";
      /** A stage; the build context without one. */
      readonly from: string | undefined;
      readonly owner: Owner;
      readonly sources: readonly string[];
      readonly target: string;
    };

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Stage {
  readonly name: string;
  readonly image: string;
  readonly platform: string | undefined;
  readonly steps: readonly Step[];
}

/** How the last stage is run. */
export interface Settings {
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: Owner;
  readonly volumes: readonly string[];
  readonly ports: readonly number[];
  readonly entrypoint: readonly string[];
  readonly healthcheck: readonly string[];
}

export interface Dockerfile {
  readonly stages: readonly Stage[];
  readonly settings: Settings;
}

const NOBODY_SAID: Owner = { uid: 0, gid: 0 };

export function readDockerfile(): Dockerfile {
  const stages: (Stage & { readonly steps: Step[] })[] = [];
  const env: Record<string, string> = {};
  const labels: Record<string, string> = {};
  let user: Owner | undefined;
  let entrypoint: readonly string[] | undefined;
  let healthcheck: readonly string[] | undefined;
  const volumes: string[] = [];
  const ports: number[] = [];
  for (const instruction of DockerfileParser.parse(DOCKERFILE).getInstructions()) {
    const words = instruction.getArguments().map((argument) => argument.getValue());
    const stage = stages.at(-1);
    switch (instruction.getKeyword()) {
      case "FROM": {
        const from = instruction as From; // by its keyword, as below
        const platform = from.getPlatformFlag()?.getValue() ?? undefined;
        stages.push({ name: from.getBuildStage() ?? "", image: from.getImage() ?? "", platform, steps: [] });
        break;
      }
      case "WORKDIR":
        stage?.steps.push({ does: "workdir", path: words[0] ?? "" });
        break;
      case "RUN":
        stage?.steps.push({ does: "run", command: instruction.getArgumentsContent() ?? "" });
        break;
      case "COPY":
        stage?.steps.push(readCopy(instruction as Copy, words));
        break;
      case "ENV":
        Object.assign(env, propertiesOf(instruction as PropertyInstruction));
        break;
      case "LABEL":
        Object.assign(labels, propertiesOf(instruction as PropertyInstruction));
        break;
      case "USER":
        user = readOwner(words[0] ?? "");
        break;
      case "VOLUME":
        volumes.push(...words);
        break;
      case "EXPOSE":
        ports.push(...words.map(Number));
        break;
      case "ENTRYPOINT":
        entrypoint = (instruction as JSONInstruction).getJSONStrings().map((text) => text.getJSONValue());
        break;
      case "HEALTHCHECK":
        healthcheck = readHealthcheck(instruction);
        break;
      default:
        throw new Error(`the tests cannot carry out ${instruction.getKeyword()}`);
    }
  }
  if (!user || !entrypoint || !healthcheck) throw new Error("a USER, an ENTRYPOINT or a HEALTHCHECK is missing");
  return { stages, settings: { env, labels, user, volumes, ports, entrypoint, healthcheck } };
}

function readCopy(copy: Copy, words: readonly string[]): Step {
  let owner = NOBODY_SAID;
  let from: string | undefined;
  for (const flag of copy.getFlags()) {
    const value = flag.getValue() ?? "";
    if (flag.getName() === "chown") owner = readOwner(value);
    else if (flag.getName() === "from") from = value;
    else throw new Error(`the tests cannot carry out COPY ${flag}`);
  }
  return { does: "copy", from, owner, sources: words.slice(0, -1), target: words.at(-1) ?? "" };
}

/** By number: a name is not known to Kubernetes, which has to see that it is not root's. */
function readOwner(text: string): Owner {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`${text} is not two numbers`);
  return { uid: Number(uid), gid: Number(gid) };
}

function propertiesOf(instruction: PropertyInstruction): Readonly<Record<string, string>> {
  return Object.fromEntries(
    instruction.getProperties().map((property) => [property.getName(), property.getValue() ?? ""]),
  );
}

function readHealthcheck(instruction: Instruction): readonly string[] {
  const json = /CMD\s+(\[.*\])$/.exec(instruction.getArgumentsContent() ?? "")?.[1];
  if (json === undefined) throw new Error("HEALTHCHECK needs a shell, and there is none");
  return JSON.parse(json) as readonly string[]; // what Docker takes there
}

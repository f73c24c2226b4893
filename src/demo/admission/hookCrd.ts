// The CustomResourceDefinition of khook's Hook, as a real API server shows it once it is established.
// Promises the schema of kagent.dev/v1alpha2 to the letter; uid and resourceVersion are stamped when it is stored.
import type { KubeObject } from "../kubeObject.ts";
import type { StructuralSchema } from "./structuralSchema.ts";

const MADE = "2026-11-23T08:01:22Z";

/** spec.versions[0].schema.openAPIV3Schema */
export const hookSchema: StructuralSchema = {
  description: "Hook is the Schema for the hooks API",
  type: "object",
  properties: {
    apiVersion: {
      description:
        "APIVersion defines the versioned schema of this representation of an object.\nServers should convert recognized schemas to the latest internal value, and\nmay reject unrecognized values.\nMore info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources",
      type: "string",
    },
    kind: {
      description:
        "Kind is a string value representing the REST resource this object represents.\nServers may infer this from the endpoint the client submits requests to.\nCannot be updated.\nIn CamelCase.\nMore info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
      type: "string",
    },
    metadata: {
      type: "object",
    },
    spec: {
      description: "HookSpec defines the desired state of Hook",
      type: "object",
      required: ["eventConfigurations"],
      properties: {
        eventConfigurations: {
          description: "EventConfigurations defines the list of event configurations to monitor",
          type: "array",
          minItems: 1,
          items: {
            description: "EventConfiguration defines a single event type configuration",
            type: "object",
            required: ["agentRef", "eventType", "prompt"],
            properties: {
              agentRef: {
                description: "AgentRef specifies the Kagent agent to call when this event occurs",
                type: "object",
                required: ["name"],
                properties: {
                  name: {
                    description:
                      "Name of the referent.\nMore info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#names",
                    type: "string",
                    minLength: 1,
                  },
                  namespace: {
                    description: "Namespace of the referent.\nIf unspecified, the namespace of the Hook will be used.",
                    type: "string",
                  },
                },
              },
              eventType: {
                description: "EventType specifies the type of Kubernetes event to monitor",
                type: "string",
                enum: ["pod-restart", "pod-pending", "oom-kill", "probe-failed"],
              },
              prompt: {
                description: "Prompt specifies the prompt template to send to the agent",
                type: "string",
                minLength: 1,
              },
            },
          },
        },
      },
    },
    status: {
      description: "HookStatus defines the observed state of Hook",
      type: "object",
      properties: {
        activeEvents: {
          description: "ActiveEvents contains the list of currently active events",
          type: "array",
          items: {
            description: "ActiveEventStatus represents the status of an active event",
            type: "object",
            required: ["eventType", "firstSeen", "lastSeen", "resourceName", "status"],
            properties: {
              eventType: {
                description: "EventType is the type of the active event",
                type: "string",
              },
              firstSeen: {
                description: "FirstSeen is when the event was first observed",
                type: "string",
                format: "date-time",
              },
              lastSeen: {
                description: "LastSeen is when the event was last observed",
                type: "string",
                format: "date-time",
              },
              resourceName: {
                description: "ResourceName is the name of the Kubernetes resource involved",
                type: "string",
              },
              status: {
                description: "Status indicates whether the event is firing or resolved",
                type: "string",
                enum: ["firing", "resolved"],
              },
            },
          },
        },
        lastUpdated: {
          description: "LastUpdated indicates when the status was last updated",
          type: "string",
          format: "date-time",
        },
      },
    },
  },
};

export const hookCrd: KubeObject = {
  kind: "CustomResourceDefinition",
  apiVersion: "apiextensions.k8s.io/v1",
  metadata: {
    name: "hooks.kagent.dev",
    generation: 1,
    creationTimestamp: MADE,
    annotations: {
      "controller-gen.kubebuilder.io/version": "v0.19.0",
    },
    managedFields: [
      {
        manager: "kube-apiserver",
        operation: "Update",
        apiVersion: "apiextensions.k8s.io/v1",
        time: MADE,
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:status": {
            "f:acceptedNames": {
              "f:kind": {},
              "f:listKind": {},
              "f:plural": {},
              "f:singular": {},
            },
            "f:conditions": {
              'k:{"type":"Established"}': {
                ".": {},
                "f:lastTransitionTime": {},
                "f:message": {},
                "f:reason": {},
                "f:status": {},
                "f:type": {},
              },
              'k:{"type":"NamesAccepted"}': {
                ".": {},
                "f:lastTransitionTime": {},
                "f:message": {},
                "f:reason": {},
                "f:status": {},
                "f:type": {},
              },
            },
          },
        },
        subresource: "status",
      },
      {
        manager: "realk8s-capture",
        operation: "Update",
        apiVersion: "apiextensions.k8s.io/v1",
        time: MADE,
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": {
            "f:annotations": {
              ".": {},
              "f:controller-gen.kubebuilder.io/version": {},
            },
          },
          "f:spec": {
            "f:conversion": {
              ".": {},
              "f:strategy": {},
            },
            "f:group": {},
            "f:names": {
              "f:kind": {},
              "f:listKind": {},
              "f:plural": {},
              "f:singular": {},
            },
            "f:scope": {},
            "f:versions": {},
          },
        },
      },
    ],
  },
  spec: {
    group: "kagent.dev",
    names: {
      plural: "hooks",
      singular: "hook",
      kind: "Hook",
      listKind: "HookList",
    },
    scope: "Namespaced",
    versions: [
      {
        name: "v1alpha2",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: hookSchema,
        },
        subresources: {
          status: {},
        },
      },
    ],
    conversion: {
      strategy: "None",
    },
  },
  status: {
    conditions: [
      {
        type: "NamesAccepted",
        status: "True",
        lastTransitionTime: MADE,
        reason: "NoConflicts",
        message: "no conflicts found",
      },
      {
        type: "Established",
        status: "True",
        lastTransitionTime: MADE,
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      },
    ],
    acceptedNames: {
      plural: "hooks",
      singular: "hook",
      kind: "Hook",
      listKind: "HookList",
    },
    storedVersions: ["v1alpha2"],
  },
};

/** The schema of a version in a stored definition, which may have been changed since. */
export function schemaOf(crd: KubeObject, version: string): StructuralSchema | undefined {
  // A stored definition has the shape of the one above.
  const spec = crd.spec as {
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
  return spec.versions.find((each) => each.name === version)?.schema.openAPIV3Schema;
}

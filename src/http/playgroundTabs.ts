// What the playground opens with: one tab for each thing people come for. A test holds every one against the schema.
// The operation's name is the tab's title.

export interface PlaygroundTab {
  readonly query: string;
  /** JSON. Not for the first tab: the page opens that one without its variables. */
  readonly variables?: string;
}

export const PLAYGROUND_TABS: readonly PlaygroundTab[] = [
  {
    query: `# What happened in the cluster, newest first.
# Ctrl+Enter runs it. The book on the left is the manual.
query Events(
  $filter: EventFilter = {
    timeRange: "24h"
    severities: [MEDIUM, HIGH, CRITICAL]
  }
  $first: Int! = 20
  $after: String # pageInfo.endCursor of the page before
) {
  events(filter: $filter, first: $first, after: $after) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      timestamp
      eventType
      status
      severity
      namespace
      resource {
        kind
        name
      }
      reason
      message
    }
  }
}
`,
  },
  {
    query: `# What happens from now on, as it happens, after what
# happened in the last hour. The same button stops it.
subscription LiveEvents(
  $filter: EventFilter = {
    severities: [MEDIUM, HIGH, CRITICAL]
  }
  $since: Duration = "1h"
) {
  eventChanges(filter: $filter, since: $since) {
    type
    cursor # give it as after to resume behind it
    event {
      id
      timestamp
      eventType
      status
      severity
      namespace
      resource {
        kind
        name
      }
      reason
      message
    }
    gap {
      cause
      reason
    }
  }
}
`,
  },
  {
    query: `# What is firing now, which hooks matched it,
# and what the controller said it did.
query FiringIncidents {
  events(filter: { statuses: [FIRING] }, first: 20) {
    totalCount
    nodes {
      id
      eventType
      severity
      namespace
      resource {
        kind
        name
      }
      firstSeen
      count
      message
      ignoredByController
      hooks {
        namespace
        name
        eventConfigurations {
          eventType
          agentRef {
            name
          }
        }
      }
      dispatches {
        outcome
        agent
        requestId
        error
        timestamp
      }
    }
  }
}
`,
  },
  {
    query: `# Counts by type, namespace and hook, and over time.
# Leave interval out to have one chosen.
query Statistics(
  $timeRange: Duration! = "24h"
  $interval: Duration
) {
  stats(timeRange: $timeRange) {
    timeRange {
      start
      end
    }
    summary {
      totalEvents
      activeEvents
      duplicateEvents
      resolvedEvents
    }
    byType {
      eventType
      count
      percentage
    }
    byNamespace {
      namespace
      count
      percentage
    }
    byHook {
      hook {
        namespace
        name
      }
      count
    }
    trends(interval: $interval) {
      interval
      previous {
        total
        changePercent
      }
      buckets {
        start
        total
        firing
        duplicate
        resolved
      }
    }
  }
}
`,
    variables: `{
  "timeRange": "24h",
  "interval": "1h"
}
`,
  },
  {
    query: `# Every hook: its status in the cluster,
# what it was about in the last day, its manifest.
query Hooks($labelSelector: String) {
  hooks(labelSelector: $labelSelector) {
    totalCount
    nodes {
      namespace
      name
      createdAt
      eventConfigurations {
        eventType
        agentRef {
          namespace
          name
        }
      }
      status {
        lastUpdated
        activeEvents {
          eventType
          resourceName
          status
          lastSeen
        }
      }
      stats(timeRange: "24h") {
        summary {
          totalEvents
          activeEvents
        }
        dispatches {
          fired
          succeeded
          failed
          successRate
          completeness
        }
        lastEventAt
      }
      yaml
    }
  }
}
`,
  },
  {
    query: `# Everything about one event: the newest.
# For another one, take its id from another tab and write
# event(id: "<uid>.<count>") { ...Everything }
# in the place of events.
query OneEvent {
  events(first: 1) {
    nodes {
      ...Everything
    }
  }
}

fragment Everything on HookEvent {
  id
  cursor
  cluster
  eventType
  status
  severity
  namespace
  resource {
    apiVersion
    kind
    name
    namespace
    uid
  }
  reason
  message
  source
  tags {
    key
    value
  }
  count
  occurrences
  timestamp
  firstSeen
  lastSeen
  resolvedAt
  duplicateOf
  hooks {
    namespace
    name
  }
  dispatches {
    outcome
    message
    timestamp
  }
  ignoredByController
}
`,
  },
];

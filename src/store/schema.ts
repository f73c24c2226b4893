// The layout of the store's file, as the list of steps that lead to it.
// A step that has been released is never changed: a new layout is a new step.
//
// Why it is laid out so (measured): what an insert costs is the number of index pages it touches. So every index grows at
// its newest end: namespaces and hooks by parts of three hours, names by day, the sums by their slot. To read one of them
// is a seek in each part; the parts, days and hours that have events are listed, so a seek is never for nothing. Only uids are scattered, being random: their hashes are first written to a small
// table and moved to the large one many at a time, in its order, which touches each of its pages once instead of often.
// Statistics by time, namespace, type and status are read from the indexes alone or from the sums by hour and day.

/** "khgw": marks a file as ours. */
export const APPLICATION_ID = 0x6b686777;

const DICTIONARY = "(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)";

const SUMS = `(
    slot INTEGER NOT NULL, namespace INTEGER NOT NULL, event_type INTEGER NOT NULL, status INTEGER NOT NULL,
    events INTEGER NOT NULL, PRIMARY KEY (slot, namespace, event_type, status)
  ) WITHOUT ROWID`;

const SUMS_OF_HOOK = `(
    slot INTEGER NOT NULL, hook INTEGER NOT NULL, namespace INTEGER NOT NULL, event_type INTEGER NOT NULL,
    status INTEGER NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (slot, hook, namespace, event_type, status)
  ) WITHOUT ROWID`;

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    head INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    floor INTEGER NOT NULL,
    pruned_timestamp INTEGER,
    pruned_tie INTEGER,
    pruned_id TEXT,
    pruned_by_age INTEGER NOT NULL,
    pruned_by_size INTEGER NOT NULL,
    last_pruned_at INTEGER
  );

  CREATE TABLE namespaces ${DICTIONARY};
  CREATE TABLE event_types ${DICTIONARY};
  CREATE TABLE resource_names ${DICTIONARY};
  CREATE TABLE words ${DICTIONARY};
  CREATE TABLE days (day INTEGER PRIMARY KEY);
  CREATE TABLE parts (part INTEGER PRIMARY KEY);
  CREATE TABLE hours (hour INTEGER PRIMARY KEY);

  -- n is the seq of the event's first change, seq that of its latest; json is the event as it is answered.
  CREATE TABLE events (
    n INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    id TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    tie INTEGER NOT NULL,
    day INTEGER NOT NULL,
    part INTEGER NOT NULL,
    cluster INTEGER NOT NULL,
    namespace INTEGER NOT NULL,
    event_type INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    resource_name INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    source INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    status INTEGER NOT NULL,
    ends_at INTEGER,
    ignored TEXT,
    json TEXT NOT NULL
  );
  CREATE INDEX events_by_time ON events (timestamp, tie, namespace, event_type, status);
  CREATE INDEX events_by_namespace ON events (part, namespace, timestamp, tie, event_type, status);
  CREATE INDEX events_by_type ON events (event_type, timestamp, tie);
  CREATE INDEX events_by_name ON events (day, resource_name, timestamp, tie);
  CREATE INDEX events_modified ON events (seq) WHERE seq <> n;
  CREATE INDEX events_firing ON events (timestamp, tie) WHERE status = 0;
  CREATE INDEX events_due ON events (ends_at) WHERE status = 0;

  CREATE TABLE new_uids (hash INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (hash, n)) WITHOUT ROWID;
  CREATE TABLE old_uids (hash INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (hash, n)) WITHOUT ROWID;
  CREATE VIEW uids AS SELECT hash, n FROM new_uids UNION ALL SELECT hash, n FROM old_uids;

  -- json is NULL of a hook that events name but that was never seen itself.
  CREATE TABLE hooks (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    json TEXT,
    deleted_at INTEGER,
    UNIQUE (namespace, name)
  );
  CREATE TABLE event_hooks (
    part INTEGER NOT NULL,
    hook INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    tie INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (part, hook, timestamp, tie, n)
  ) WITHOUT ROWID;

  -- Heads that retention pruned while their window could still take in a later observation.
  CREATE TABLE pruned_heads (
    key TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (key, started_at)
  ) WITHOUT ROWID;

  -- Numbers of events by hour and by day since 1970. namespace 0 is all namespaces together; only those by five minutes too.
  CREATE TABLE five_minutely ${SUMS};
  CREATE TABLE hourly ${SUMS};
  CREATE TABLE daily ${SUMS};
  CREATE TABLE hook_hourly ${SUMS_OF_HOOK};
  CREATE TABLE hook_daily ${SUMS_OF_HOOK};

  -- occurrences is what the audit Event's count had grown by; the sum of them is what the controller did.
  CREATE TABLE dispatches (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    uid TEXT NOT NULL,
    count INTEGER NOT NULL,
    occurrences INTEGER NOT NULL,
    hook INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    resource_name TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    json TEXT NOT NULL,
    UNIQUE (uid, count)
  );
  CREATE INDEX dispatches_of_resource ON dispatches (hook, event_type, resource_name, timestamp);
  CREATE INDEX dispatches_of_hook ON dispatches (hook, timestamp, outcome);
  CREATE INDEX dispatches_by_time ON dispatches (timestamp);

  CREATE TABLE gaps (
    n INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    "from" INTEGER NOT NULL,
    "to" INTEGER NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL
  );

  CREATE TABLE synced (source TEXT PRIMARY KEY, at INTEGER NOT NULL);
  `,
  // How many events a list has is asked with every page of it: these are a stretch of a day, where hourly is a seek an hour.
  `
  CREATE TABLE namespace_hours (
    day INTEGER NOT NULL, namespace INTEGER NOT NULL, hour INTEGER NOT NULL, events INTEGER NOT NULL,
    PRIMARY KEY (day, namespace, hour)
  ) WITHOUT ROWID;
  INSERT INTO namespace_hours 
    SELECT (slot - (slot % 24 + 24) % 24) / 24, namespace, slot, sum(events) FROM hourly WHERE namespace <> 0 GROUP BY 1, 2, 3;
  `,
  // Cursors are sealed by a key of the store's own, made with it or, here, by who opens it. What was stored before keeps its
  // cursor as it is: rewriting everything takes the file's size again and minutes, and reading replaces it for nearly nothing.
  `
  ALTER TABLE state ADD COLUMN cursor_key BLOB;
  ALTER TABLE state ADD COLUMN plain_cursors_through INTEGER NOT NULL DEFAULT 0;
  UPDATE state SET plain_cursors_through = head;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

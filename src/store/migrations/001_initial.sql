PRAGMA application_id = 0x6D697231; -- "mir1": tells the file from other programs' databases

-- Times are milliseconds since 1970 in UTC.

CREATE TABLE users (
    id            BLOB    PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name          TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL UNIQUE, -- the address in lower case: by it addresses are compared
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE face_references (
    id            INTEGER PRIMARY KEY,
    user_id       BLOB    NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    network_id    TEXT    NOT NULL, -- only references of the network in use are ever compared
    template      BLOB    NOT NULL CHECK (length(template) = 512),
    created_at_ms INTEGER NOT NULL
) STRICT;

-- The embeddings that a template was fused from, so that a better fusion needs no new enrollment.
CREATE TABLE samples (
    reference_id  INTEGER NOT NULL REFERENCES face_references (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL CHECK (position BETWEEN 0 AND 2),
    embedding     BLOB    NOT NULL CHECK (length(embedding) = 512),
    quality       TEXT    NOT NULL, -- JSON: what was measured on the sample
    PRIMARY KEY (reference_id, position)
) STRICT;

-- No foreign key: what happened stays, by its user's id alone, when the user is removed.
CREATE TABLE events (
    id            INTEGER PRIMARY KEY,
    at_ms         INTEGER NOT NULL,
    kind          TEXT    NOT NULL,
    user_id       BLOB    CHECK (user_id IS NULL OR length(user_id) = 16),
    reason        TEXT,
    score         REAL
) STRICT;

CREATE INDEX events_by_user ON events (user_id, kind, at_ms);

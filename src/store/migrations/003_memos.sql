-- Small things that are remembered beyond the end of the program, as JSON, by name.
CREATE TABLE memos (
    name TEXT PRIMARY KEY NOT NULL,
    text TEXT NOT NULL
) STRICT;

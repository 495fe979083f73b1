-- Sessions that were ended before their time, by the jti of their tokens; kept until the time is over.
CREATE TABLE ended_sessions (
    jti      BLOB    PRIMARY KEY NOT NULL CHECK (length(jti) = 16),
    until_ms INTEGER NOT NULL
) STRICT;

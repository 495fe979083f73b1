-- What is kept of a person's PIN. It goes with the person.
CREATE TABLE pins (
    user_id   BLOB    PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash      TEXT    NOT NULL, -- Argon2id, a PHC string
    alone     INTEGER NOT NULL CHECK (alone IN (0, 1)), -- signs in by itself also where the kiosk wants the face as well
    set_at_ms INTEGER NOT NULL
) STRICT;

-- The PINs of those who run the kiosk.
CREATE TABLE role_pins (
    role      TEXT    PRIMARY KEY NOT NULL,
    hash      TEXT    NOT NULL,
    set_at_ms INTEGER NOT NULL
) STRICT;

-- What a person has agreed to.
CREATE TABLE consents (
    user_id   BLOB    PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest    TEXT    NOT NULL, -- SHA-256 of the text that was shown
    language  TEXT    NOT NULL, -- its language (BCP 47)
    at_ms     INTEGER NOT NULL,
    until_ms  INTEGER NOT NULL
) STRICT;

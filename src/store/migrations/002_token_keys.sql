-- The keys that sign session tokens. The one that is not retired signs; a retired one still verifies, until the last
-- token that it signed has ended.
CREATE TABLE token_keys (
    kid           TEXT    PRIMARY KEY NOT NULL, -- the header of a token names its key by it
    secret        TEXT    NOT NULL CHECK (length(secret) = 64),
    created_at_ms INTEGER NOT NULL,
    retired_at_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX one_token_key_signs ON token_keys (retired_at_ms IS NULL) WHERE retired_at_ms IS NULL;

-- What the text says of itself, or its date: the digest tells a text from others, and names none to a reader.
ALTER TABLE consents ADD COLUMN version TEXT;

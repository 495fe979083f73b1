-- SHA-256 over the digest of the line before and this line: see sqlite/audit.rs.
ALTER TABLE events ADD COLUMN digest BLOB;

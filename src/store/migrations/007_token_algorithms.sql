-- What a key signs with; a token's own header does not decide it.
ALTER TABLE token_keys ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'HS256' CHECK (algorithm IN ('HS256', 'EdDSA'));

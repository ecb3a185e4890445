-- How sure it is that a package is what it is taken for.

ALTER TABLE image_packages ADD COLUMN IF NOT EXISTS confidence UInt8 DEFAULT 100 COMMENT 'percent: 100 where the package names itself';

ALTER TABLE image_packages ADD COLUMN IF NOT EXISTS doubt String DEFAULT '' COMMENT 'how it was recognised where it does not name itself'

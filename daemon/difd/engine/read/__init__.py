"""From files to records: opened, decoded, made planes, digests and value; compares nothing."""

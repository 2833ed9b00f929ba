"""Lab 03, enqueue well."""

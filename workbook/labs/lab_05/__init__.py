"""Lab 05, retry with backoff."""

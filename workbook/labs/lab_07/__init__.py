"""Lab 07, run it twice safely."""

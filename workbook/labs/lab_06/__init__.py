"""Lab 06, rescue after a crash."""

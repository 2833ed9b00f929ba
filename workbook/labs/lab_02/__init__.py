"""Lab 02, first job."""

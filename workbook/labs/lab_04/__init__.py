"""Lab 04, Redis detective."""

"""The outside world of the course: a payment provider and a mail provider, each with faults on demand and a book."""

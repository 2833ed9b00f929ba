"""The checks: JUDGE an answer. Questions, outcomes, hints, and the rubric of the reflection."""

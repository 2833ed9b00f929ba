"""JUDGE an answer: questions, outcomes, hints, the rubric of the reflection; no notebook and no kernel is needed."""

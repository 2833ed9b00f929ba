"""JUDGE an answer: questions, what a judge may say, hints; no notebook and no kernel is needed."""

"""The author's tools: MAKE the course. Execute notebooks, bring them into normal form, guard nbval."""

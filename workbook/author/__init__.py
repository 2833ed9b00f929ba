"""The author's tools: MAKE the course. Execute notebooks, bring them into normal form, guard nbval."""

import sys

# nbformat imports jsonschema, and that a grammar of internationalised addresses, which no notebook has. It is compiled
# at each start, 2 s of CPU, in every worker of pytest; jsonschema can do without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

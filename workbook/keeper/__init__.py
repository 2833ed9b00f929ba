"""END everything: a small process that is the parent of every server and worker of a notebook, and outlives none."""

"""RUN an answer apart: what a judge may ask for (`box`), and the box of a reader's own machine (`plain`)."""

"""`python -S -s -m inside SOCKET SITE-PACKAGES...`: the warm parent of a box, without what `.pth` files would bring."""

import sys

sys.path += sys.argv[2:]

from .zygote import main

main(sys.argv[1])

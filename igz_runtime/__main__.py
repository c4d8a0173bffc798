"""`python -m igz_runtime`: the command line."""

import sys

from igz_runtime.cli import main

if __name__ == "__main__":
    sys.exit(main())

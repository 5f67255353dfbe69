"""`python -m demo`: see supervisor."""

import sys

from demo.supervisor import main

if __name__ == "__main__":
    sys.exit(main())

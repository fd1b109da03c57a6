"""``python -m pymesh``, for where the ``pymesh`` script is not on the path."""

import sys

from pymesh.cli import main

sys.exit(main())

"""`python -m chatproof` is the command `chatproof`."""

from __future__ import annotations

from chatproof.cli import main

if __name__ == "__main__":
    main()

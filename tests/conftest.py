"""What holds for all tests."""

from __future__ import annotations

import signal

# A shell ignores SIGINT for what it starts in the background, and every process below inherits that:
# then nobody could press Ctrl-C in a test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""`python -m igz_runtime`: the command line."""

import gc
import os
import sys

TYPE_CHECKING = False  # typing is not imported before the path is as it should be
if TYPE_CHECKING:
    from igz_runtime.bounded import Watch


def _leave_out_working_directory() -> None:
    """Take the working directory, which `python -m` puts first, off the path.

    Lint is run in checkouts that nobody trusts, and a `yaml.py` or a plug-in that lies there would be run too. Where
    PYTHONPATH names the directory, it stands a second time behind it, and stays.
    """
    try:
        here = os.getcwd()  # pathlib is not imported yet, and must not come from there
    except OSError:  # it was removed, so that nothing can lie there
        return
    if not sys.flags.safe_path and sys.path[:1] == [here]:
        del sys.path[0]


def main() -> int:
    """The command line, started without the garbage collector: what is imported stays. A run of lint turns it on."""
    gc.disable()
    from igz_runtime.bounded import watched_by
    from igz_runtime.cli import main as command_line

    watched_by(_watch)
    code = command_line()
    _leave(code)
    return code


def _watch() -> "Watch":
    """From the first plug-in on, another process watches this one."""
    from igz_runtime.cli.supervision import supervised

    return supervised()


def _leave(code: int) -> None:
    """End at once where a thread still waits for a server that did not answer, or not before an interruption.

    It cannot be stopped, and OpenSSL's clean-up at the end of a process takes away what it works with: an abort.
    """
    threading = sys.modules.get("threading")
    if threading and threading.active_count() > 1:
        from contextlib import suppress  # not above, where the working directory could bring another

        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # who reads it has gone
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    _leave_out_working_directory()
    sys.exit(main())

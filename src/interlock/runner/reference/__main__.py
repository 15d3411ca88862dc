"""``python -m interlock.runner.reference FOLDER``: draw the reference pages, or compare them."""

import sys
from pathlib import Path

import click

from interlock.runner.exit_codes import ExitCode
from interlock.runner.reference.pages import differing, draw


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing: name the pages that differ, and exit 1 if there are any.")
def main(folder: Path, check: bool) -> None:
    """Draw every reference page into FOLDER. Pages written by hand are left alone."""
    changed = differing(folder)
    if check:
        for name in changed:
            click.echo(f"{folder / name} differs from the code: draw it anew with `make docs`", err=True)
        sys.exit(ExitCode.FINDING if changed else ExitCode.DONE)
    draw(folder)
    click.echo(f"drew {', '.join(changed) or 'nothing new: every page was as the code has it'}")


if __name__ == "__main__":
    main()

"""The second net: whatever is written to a stream of the process goes through the mask."""

import io
import subprocess
import sys

import click
import pytest

from interlock.runner.masked_stream import MaskedStream
from interlock.secret import Secret

VALUE = "canary-for-the-streams"


def test_what_is_written_is_masked() -> None:
    """By whatever way text gets into a stream; the rest is as the stream has it."""
    secret = Secret(VALUE)
    inner = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    stream = MaskedStream(inner)
    assert stream.write(f"a {secret.reveal()}\n") == len("a ***\n")
    stream.writelines([f"b {VALUE}\n", "c\n"])
    print(f"d {VALUE}", file=stream)
    click.echo(f"e {VALUE}", file=stream)  # type: ignore[arg-type]
    inner.flush()
    written = inner.buffer
    assert isinstance(written, io.BytesIO)
    assert written.getvalue() == b"a ***\nb ***\nc\nd ***\ne ***\n"
    assert (stream.encoding, stream.isatty()) == ("utf-8", False)


def test_a_stream_that_takes_text_takes_nothing_else() -> None:
    """Whoever tries it with bytes, to know what it is, is told as before."""
    stream = MaskedStream(io.StringIO())
    with pytest.raises(TypeError):
        stream.write(b"bytes")  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_whole_process_writes_through_it() -> None:
    """Its answers, its complaints, and the last words of a thread and of a destructor."""
    program = f"""
import sys, threading
from interlock.runner.masked_stream import mask_streams
from interlock.secret import Secret
held = Secret({VALUE!r})
mask_streams()
print("answered", held.reveal())
print("complained", held.reveal(), file=sys.stderr)
def die():
    raise ValueError("died with " + held.reveal())
thread = threading.Thread(target=die)
thread.start()
thread.join()
class Bad:
    def __del__(self):
        raise ValueError("deleted with " + held.reveal())
Bad()
raise ValueError("ended with " + held.reveal())
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.stdout == "answered ***\n"
    for words in ("complained", "died with", "deleted with", "ended with"):
        assert f"{words} ***" in ended.stderr
    assert VALUE not in ended.stdout + ended.stderr

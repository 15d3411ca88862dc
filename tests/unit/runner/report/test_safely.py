"""No text, wherever it comes from, ends the element that it stands in."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.runner.report.figures import label
from interlock.runner.report.safely import as_json, check_embeddable, content_security_policy


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_in_a_script_says_the_same_and_cannot_end_it(data: object) -> None:
    """Whatever is in it: read back it is what it was, and nothing in it means anything to a parser of HTML."""
    text = as_json(data)
    assert json.loads(text) == data
    assert text.isascii()
    assert not set("<>&") & set(text)


def test_line_separators_of_javascript_are_escaped() -> None:
    """U+2028 would end a line of a script."""
    assert as_json("\u2028") == '"\\u2028"'
    assert as_json("</script>") == '"\\u003c/script\\u003e"'


@pytest.mark.parametrize("text", ["x</script>", "x</SCRIPT ", "x</style", "</StYlE>"])
def test_a_script_that_would_end_itself_is_not_taken(text: str) -> None:
    """A library that held its own end would spill the rest of itself into the page."""
    with pytest.raises(ValueError, match="the thing cannot stand in a page"):
        check_embeddable(text, "the thing")


def test_only_these_very_scripts_may_run() -> None:
    """By their digests: what somebody adds to the page is none of them. Nothing may be fetched."""
    policy = content_security_policy(["one", "two"])
    digest = base64.b64encode(hashlib.sha256(b"two").digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_a_label_shows_what_it_is_given_and_is_never_html() -> None:
    """The library reads HTML and entities in what it shows."""
    assert label("<b>&amp;") == "&lt;b&gt;&amp;amp;"
    assert label("a\u202eb\nc") == "a?b?c"
    assert len(label("x" * 1000)) == 60

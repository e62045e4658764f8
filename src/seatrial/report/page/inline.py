"""What stands inline in the page: scripts and styles with their digests, data that cannot be markup."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# Every character that could end a script element or begin a comment; json.dumps escapes what is not ASCII.
_INERT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def asset(name: str) -> str:
    """The text of a file that belongs to the page."""
    return files("seatrial.report.page").joinpath("assets", name).read_text("utf-8")


def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that sets `vegaEmbed`. The first call takes some seconds."""
    import vl_convert  # noqa: PLC0415  heavy: a page without charts does without it

    bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub forgets the default
    # An HTML parser looks for these even inside a string.
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def inert_json(value: Any) -> str:
    """`value` as JSON that means the same inside a script element, whatever text is in it."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).translate(_INERT)


def policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """The Content Security Policy: these texts may run or style, nothing may be loaded or sent."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digests(scripts)}",
            f"style-src {_digests(styles)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digests(texts: Iterable[str]) -> str:
    found = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{digest}'" for digest in found) or "'none'"

"""Names that a file could try to break a page with; they are written straight into a release, since uploads refuse the worst of them."""

from __future__ import annotations

NAMES = {
    "template": "${document.title=7*7}",
    "backtick": "a ` backtick and `${alert(1)}`",
    "script": "</script><script>document.title=7</script>",
    "comment": "<!--<script>\u2028]]>-->",
    "attribute": "\"'><img src=x onerror=document.title=7>",
    "jinja": "{{ 7*7 }}{% raw %}%(name)s %s &amp; &lt;b&gt;",
    "bidi": "школа\u202egnp.exe\u2066\u200f№ 5",
    "long": "Ұзақ" + "ұ" * 251,
}
"""A name of each kind by what it attacks; "long" has 255 characters without a blank, the longest that a file may bring."""

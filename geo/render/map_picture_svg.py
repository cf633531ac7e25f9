"""An SVG as Matplotlib writes it, made slender: attributes instead of styles, which a policy may forbid, and nothing said twice."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)  # Matplotlib repeats each text in one, its "<", ">" and "--" escaped
_SHEET = re.compile(r"\s*<defs>\s*<style type=\"text/css\">[^<]*</style>\s*</defs>")
_STYLE = re.compile(r'style="([^"]*)"')
_LONG = re.compile(r"(?<=[ \"MLCQ-])(\d+\.\d\d)\d+(?=[ \"\n])")  # 385.712449 is 385.71; 0.5 stays
_MARKS = re.compile(r'(?:\s*<use xlink:href="#m\w+" x="[^"]*" y="[^"]*"(?: [^>]*)?/>)+')
_MARK = re.compile(r'<use (xlink:href="#m\w+" x="[^"]*" y="[^"]*")((?: [^>]*?)?)/>')
ROOT = '<g id="figure_1">'
ROOT_LOOK = '<g id="figure_1" stroke-linejoin="round" stroke-linecap="butt">'


def slender_svg(text: str) -> str:
    """The same picture in fewer characters: marks that look alike say so once, places are given to hundredths of a point."""
    plain = _SHEET.sub("", _COMMENT.sub("", text)).replace(ROOT, ROOT_LOOK, 1)
    plain = _STYLE.sub(lambda found: _attributes(found[1]), plain)
    return _MARKS.sub(lambda found: _group(found[0]), _LONG.sub(r"\1", plain))


def _attributes(style: str) -> str:
    """A style as attributes: "fill: #fff; stroke-width: 2" is fill="#fff" stroke-width="2"."""
    pairs = (part.partition(":") for part in style.split(";") if part.strip())
    return " ".join(f'{name.strip()}="{value.strip()}"' for name, _, value in pairs)


def _group(marks: str) -> str:
    """Marks in a group that has their common look; as they are where they differ."""
    found = _MARK.findall(marks)
    looks = {look for _, look in found}
    if len(looks) != 1:
        return marks
    return f"\n<g{looks.pop()}>" + "".join(f"\n<use {place}/>" for place, _ in found) + "\n</g>"

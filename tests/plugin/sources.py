"""The plugin's sources, read as text: enough PHP to see every echo, form and translated string."""

from __future__ import annotations

import re
from pathlib import Path

from luxebrain.services.plugin_zip import FOLDER

PLUGIN = FOLDER
_STRING = r"'(?:[^'\\]|\\.)*'"
_TRANSLATED = re.compile(
    rf"\b(?:esc_html|esc_attr)?_(?:_|e|x|n|html__|attr__)\(\s*({_STRING}(?:\s*\.\s*{_STRING})*)\s*,\s*('[a-z-]+')?", re.DOTALL
)
_OUTPUT = re.compile(r"(?:<\?=|\b(?:echo|print|printf|vprintf|print_r|var_dump|die|exit)\b)\s*(.*?)(?:;|\?>)", re.DOTALL)


def php_files() -> list[Path]:
    return sorted(PLUGIN.rglob("*.php"))


def code(path: Path) -> str:
    """Without comments. Strings keep what looks like one: none of ours does."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r"(?m)(^|\s)//.*$", "", text)


def outputs(text: str) -> list[str]:
    """What is written to the page, one expression each."""
    return [found.strip() for found in _OUTPUT.findall(text)]


def translated(text: str) -> list[tuple[str, str]]:
    """(text, text domain) of every string that is looked up."""
    return [(_joined(strings), domain.strip("'")) for strings, domain in _TRANSLATED.findall(text)]


def _joined(strings: str) -> str:
    return "".join(part[1:-1].replace("\\'", "'") for part in re.findall(_STRING, strings))


_SAFE_CALL = re.compile(r"(esc_html|esc_attr|esc_url|esc_html__|esc_attr__|wp_kses|wp_kses_post|absint)\(")


def is_safe(expression: str) -> bool:
    """Every part of it is a plain string, or goes through one of WordPress's escaping functions as a whole."""
    return all(re.fullmatch(_STRING, part, re.DOTALL) or _is_one_safe_call(part) for part in _parts(expression))


def _parts(expression: str) -> list[str]:
    """Cut at the dots that join strings: not those in strings or parentheses."""
    parts, depth, part = [], 0, ""
    for token in re.findall(rf"{_STRING}|.", expression, re.DOTALL):
        depth += (token == "(") - (token == ")")
        if token == "." and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += token
    return [found for found in [*parts, part.strip()] if found]


def _is_one_safe_call(part: str) -> bool:
    called = _SAFE_CALL.match(part)
    if not called:
        return False
    depth = 0
    for position, token in enumerate(part):
        depth += (token == "(") - (token == ")")
        if token == ")" and depth == 0:
            return position == len(part) - 1
    return False

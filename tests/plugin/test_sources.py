"""The plugin's sources against the rules of the plugin directory and our own. Needs no PHP, so it runs with every test."""

from __future__ import annotations

import json
import re

import pytest

from luxebrain.services.plugin_zip import plugin_version
from luxebrain.widgets import script
from tests.architecture.made import tracked_files
from tests.plugin.sources import PLUGIN, code, is_safe, outputs, php_files, translated

SOURCES = {path.relative_to(PLUGIN).as_posix(): code(path) for path in php_files()}
EVERYTHING = "\n".join(SOURCES.values())


def _header(name: str) -> str:
    found = re.search(rf"^ \* {name}: +(.+)$", (PLUGIN / "luxebrain.php").read_text(), re.MULTILINE)
    return found[1] if found else ""


def test_every_copy_of_the_storefront_script_is_the_one_script() -> None:
    """`make script` writes them."""
    copies = tracked_files("*/luxebrain.js", "luxebrain.js")
    assets = PLUGIN / "assets"

    assert assets / "luxebrain.js" in copies
    assert [path for path in copies if path.read_bytes() != script.script()] == []
    assert {path.stem: path.read_bytes() for path in (assets / "words").iterdir()} == {
        each: script.words(each) for each in script.LANGUAGES
    }


def test_everything_echoed_is_escaped() -> None:
    written = {(name, expression) for name, text in SOURCES.items() for expression in outputs(text)}

    assert {entry for entry in written if not is_safe(entry[1])} == set()
    assert len(written) > 15
    assert not re.search(r"(?<![a-z_])_e\(|(?<!esc_html)(?<!esc_attr)_ex\(", EVERYTHING)


@pytest.mark.parametrize(
    "expression",
    ["$title", "__('x', 'luxebrain')", "'<b>' . $title", "esc_html($a) . $b", "sprintf('%s', $a)", '"<p>$name</p>"', "(int) $a"],
)
def test_an_echo_that_is_not_escaped_would_be_found(expression: str) -> None:
    (found,) = outputs(f"<?php echo {expression}; ?>")

    assert not is_safe(found)


def test_every_form_has_a_nonce_and_every_page_asks_who_may() -> None:
    forms = {name: re.findall(r"<form.*?</form>", text, re.DOTALL) for name, text in SOURCES.items() if "<form" in text}

    assert forms.keys() == {"includes/settings_page.php"}
    assert all("settings_fields(" in form or "wp_nonce_field(" in form for found in forms.values() for form in found)
    assert all("current_user_can(" in SOURCES[name] for name in forms)
    assert not re.search(r"\$_(GET|POST|REQUEST|FILES)\b", EVERYTHING)  # WordPress's options.php and WooCommerce read forms


def test_every_route_asks_who_may_and_only_leaving_writes() -> None:
    assert EVERYTHING.count("register_rest_route(") == 3
    assert "'permission_callback' => __NAMESPACE__ . '\\\\runs_the_shop'" in SOURCES["includes/rest.php"]
    assert len(re.findall(r"register_rest_route\(ROOT.*\$common", SOURCES["includes/rest.php"])) == 3
    assert re.findall(r"'methods' => '(\w+)'", EVERYTHING) == ["GET", "POST"]


def test_no_file_can_be_called_by_itself() -> None:
    guard = re.compile(r"^defined\('(ABSPATH|WP_UNINSTALL_PLUGIN)'\) \|\| exit;$", re.MULTILINE)

    assert [name for name, text in SOURCES.items() if not guard.search(text)] == []


def test_nothing_is_fetched_run_or_sent_from_the_server() -> None:
    suspects = r"wp_(?:safe_)?remote_|curl_|fsockopen|eval\(|base64_|unserialize|shell_exec|proc_open|https?://(?!www\.gnu\.org|luxebrain\.example)"

    assert re.findall(suspects, EVERYTHING.replace("begin with https://", "")) == []
    assert EVERYTHING.count("file_get_contents(") == 1


def test_order_meta_goes_through_the_order_wherever_it_is_kept() -> None:
    assert not re.search(r"\b(get|add|update|delete)_post_meta\b", EVERYTHING)


def test_php_7_4_can_read_it() -> None:
    newer = (
        r"\?->|\bmatch\s*\(|\bstr_(contains|starts_with|ends_with)\(|\benum \w|\breadonly\b|\(\.\.\.\)|: (mixed|static|never|\w+\|\w+)\b"
    )

    assert _header("Requires PHP") == "7.4"
    assert re.findall(newer, EVERYTHING) == []


def test_every_text_can_be_translated() -> None:
    texts = [(text, domain) for source in SOURCES.values() for text, domain in translated(source)]
    editor = re.findall(r'__\("([^"]+)", "([a-z]+)"\)', (PLUGIN / "blocks/widget/editor.js").read_text())
    template = (PLUGIN / "languages" / "luxebrain.pot").read_text()
    listed = {json.loads(f'"{text}"') for text in re.findall(r'^msgid "(.+)"$', template, re.MULTILINE)}

    assert {domain for _, domain in [*texts, *editor]} == {"luxebrain"}
    assert {text for text, _ in [*texts, *editor]} == listed - _of_block()
    assert len(re.findall(r"\b(?:esc_html|esc_attr)?_(?:_|e)\(", EVERYTHING)) <= len(texts)


def _of_block() -> set[str]:
    block = json.loads((PLUGIN / "blocks/widget/block.json").read_text())
    return {block["title"], block["description"], *block["keywords"]}


def test_the_version_is_the_same_everywhere() -> None:
    version = plugin_version()

    assert f"const VERSION = '{version}';" in SOURCES["luxebrain.php"]
    assert f"'version' => '{version}'" in SOURCES["blocks/widget/editor.asset.php"]
    assert f"Stable tag: {version}\n" in (PLUGIN / "readme.txt").read_text()
    assert f"LuxeBrain for WooCommerce {version}" in (PLUGIN / "languages" / "luxebrain.pot").read_text()


def test_header_and_readme_hold_what_the_plugin_directory_asks_for() -> None:
    readme = (PLUGIN / "readme.txt").read_text()
    services = readme.split("== External services ==")[1].split("\n== ")[0]

    assert (_header("Requires Plugins"), _header("Text Domain"), _header("License")) == ("woocommerce", "luxebrain", "GPL-2.0-or-later")
    assert all(word in services.lower() for word in ("what is sent", "terms", "privacy polic"))
    for name in ("Requires at least", "Requires PHP", "License"):
        assert f"{name}: {_header(name)}\n" in readme
    assert "declare_compatibility('custom_order_tables', FILE, true)" in EVERYTHING
    assert "declare_compatibility('cart_checkout_blocks', FILE, true)" in EVERYTHING
    assert "GNU GENERAL PUBLIC LICENSE" in (PLUGIN / "LICENSE.txt").read_text()


def test_uninstalling_knows_the_names_that_are_used() -> None:
    gone = SOURCES["includes/forget.php"]

    assert f"delete_option({_constant('settings', 'OPTION')})" in gone
    assert gone.count(f"{_constant('attribution', 'META')}") == 2
    assert _constant("opt_in", "META") not in gone


def _constant(subject: str, name: str) -> str:
    found = re.search(rf"^const {name} = ('.*');$", SOURCES[f"includes/{subject}.php"], re.MULTILINE)
    assert found
    return found[1]

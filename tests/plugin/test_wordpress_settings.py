"""The settings page in a real WordPress: who may save, with what, and what is said about what cannot be used."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from tests.plugin.shop import Shop
from tests.plugin.wordpress import ADDRESS, KEY, Site

PAGE = "/wp-admin/admin.php?page=luxebrain"
CHANGED = {
    "luxebrain_settings[address]": "https://other.example/brain/",
    "luxebrain_settings[public_key]": "pk_other",
    "luxebrain_settings[places][cart][is_on]": "1",
    "luxebrain_settings[places][cart][title]": "  With <b>your</b> cart ",
    "luxebrain_settings[opt_in_text]": "Yes, write to me.",
}


def _form(page: str) -> dict[str, str]:
    hidden = re.findall(r"<input type=['\"]hidden['\"][^>]*>", page)
    pairs = ((re.search(r"name=['\"]([^'\"]*)", field), re.search(r"value=['\"]([^'\"]*)", field)) for field in hidden)
    return {name[1]: value[1] if value else "" for name, value in pairs if name}


def _save(site: Site, person: requests.Session, form: dict[str, str], **changed: str) -> requests.Response:
    return person.post(f"{site.url}/wp-admin/options.php", {**form, **CHANGED, **changed}, timeout=30)


def _saved(site: Site) -> Any:
    return site.php("return get_option('luxebrain_settings');")


@pytest.fixture(scope="module")
def admin(site: Site, shop: Shop) -> requests.Session:
    return site.log_in()


def test_a_download_from_the_dashboard_is_filled_in(site: Site, admin: requests.Session) -> None:
    page = admin.get(site.url + PAGE, timeout=30)

    assert page.status_code == 200
    assert f'value="{ADDRESS}"' in page.text
    assert f'value="{KEY}"' in page.text


def test_settings_are_saved_cleaned(site: Site, admin: requests.Session) -> None:
    form = _form(admin.get(site.url + PAGE, timeout=30).text)

    answer = _save(site, admin, form)

    saved = _saved(site)
    assert answer.status_code == 200
    assert "Settings saved." in answer.text
    assert (saved["address"], saved["public_key"]) == ("https://other.example/brain", "pk_other")
    assert saved["places"]["cart"] == {"is_on": True, "title": "With your cart"}
    assert saved["places"]["home"] == {"is_on": False, "title": ""}
    assert (saved["opt_in_is_on"], saved["opt_in_text"]) == (False, "Yes, write to me.")


@pytest.mark.parametrize("nonce", ["", "0123456789"])
def test_without_the_nonce_nothing_is_saved(site: Site, admin: requests.Session, nonce: str) -> None:
    form = _form(admin.get(site.url + PAGE, timeout=30).text)

    answer = _save(site, admin, form, _wpnonce=nonce)

    assert answer.status_code == 403
    assert _saved(site) is False


def test_a_person_who_does_not_run_the_shop_may_neither_see_nor_save(site: Site, shop: Shop, admin: requests.Session) -> None:
    reader = site.log_in("reader")
    form = _form(admin.get(site.url + PAGE, timeout=30).text)

    seen, saved = reader.get(site.url + PAGE, timeout=30), _save(site, reader, form)

    assert (seen.status_code, saved.status_code) == (403, 403)
    assert _saved(site) is False


@pytest.mark.parametrize(
    "address", ["http://brain.example", "javascript:alert(1)", "https://user:secret@brain.example", "https://brain.example/?x=1", "brain"]
)
def test_an_address_that_cannot_be_used_is_said_and_the_old_one_stays(site: Site, admin: requests.Session, address: str) -> None:
    form = _form(admin.get(site.url + PAGE, timeout=30).text)

    answer = _save(site, admin, form, **{"luxebrain_settings[address]": address})

    assert "it has to begin with https://" in answer.text
    assert _saved(site)["address"] == ADDRESS


def test_without_woocommerce_the_shop_works_and_the_page_says_what_is_missing(site: Site, admin: requests.Session) -> None:
    site.php("deactivate_plugins('woocommerce/woocommerce.php'); return true;")
    try:
        home = site.get("/")
        page = admin.get(f"{site.url}/wp-admin/options-general.php?page=luxebrain", timeout=30)
    finally:
        site.php("return activate_plugin('woocommerce/woocommerce.php');")

    assert home.status_code == 200
    assert "WooCommerce is not active" in page.text


def test_compatibility_with_order_tables_and_blocks_is_declared(site: Site, shop: Shop) -> None:
    declared = site.php("return Automattic\\WooCommerce\\Utilities\\FeaturesUtil::$declared;")

    assert declared == {"custom_order_tables": True, "cart_checkout_blocks": True}


def test_the_editor_knows_the_block_and_its_script(site: Site, admin: requests.Session) -> None:
    block = site.php("return WP_Block_Type_Registry::get_instance()->get_registered('luxebrain/widget')->editor_script_handles;")
    editor = admin.get(f"{site.url}/wp-admin/post-new.php?post_type=page", timeout=30)

    assert block == ["luxebrain-widget-editor-script"]
    assert "plugins/luxebrain/blocks/widget/editor.js" in editor.text

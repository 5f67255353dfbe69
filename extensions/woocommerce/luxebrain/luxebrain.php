<?php

/**
 * Plugin Name:          LuxeBrain for WooCommerce
 * Description:          Product recommendations from your LuxeBrain on product, cart, thank-you, shop and home pages; what was clicked is kept on
 *                       the order; a marketing opt-in at checkout, kept with its wording.
 * Version:              0.1.0
 * Requires at least:    6.1
 * Requires PHP:         7.4
 * Requires Plugins:     woocommerce
 * WC requires at least: 9.0
 * Author:               LuxeBrain contributors
 * License:              GPL-2.0-or-later
 * License URI:          https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:          luxebrain
 * Domain Path:          /languages
 *
 * This program is free software; you can redistribute it and/or modify it under the terms of the GNU General Public License as published by
 * the Free Software Foundation; either version 2 of the License, or (at your option) any later version. It comes without any warranty.
 *
 * This file puts everything together. Each file in includes/ is one subject and says in its start() when WordPress calls it.
 */

namespace LuxeBrain;

defined('ABSPATH') || exit;

const VERSION = '0.1.0';
const FILE = __FILE__;

foreach (['settings', 'settings_page', 'widget', 'places', 'block', 'attribution', 'opt_in', 'privacy', 'digest', 'forget', 'rest'] as $subject) {
    require_once __DIR__ . "/includes/$subject.php";
}

add_action('before_woocommerce_init', __NAMESPACE__ . '\\declare_compatibility');
add_action('plugins_loaded', __NAMESPACE__ . '\\start');
// Keys are looked at as soon as anybody asks who is there, which may be before the other hooks are set.
add_filter('woocommerce_rest_is_request_to_rest_api', __NAMESPACE__ . '\\Rest\\takes_woocommerce_keys');

function declare_compatibility(): void
{
    if (class_exists('Automattic\WooCommerce\Utilities\FeaturesUtil')) {
        \Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility('custom_order_tables', FILE, true);
        \Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility('cart_checkout_blocks', FILE, true);
    }
}

/** Without WooCommerce only the settings page is there, and says what is missing. */
function start(): void
{
    add_action('init', __NAMESPACE__ . '\\load_translations', 1);
    Settings\start();
    SettingsPage\start();
    if (!class_exists('WooCommerce')) {
        return;
    }
    Widget\start();
    Places\start();
    Block\start();
    Attribution\start();
    OptIn\start();
    Privacy\start();
    Rest\start();
}

function load_translations(): void
{
    load_plugin_textdomain('luxebrain', false, dirname(plugin_basename(FILE)) . '/languages');
}

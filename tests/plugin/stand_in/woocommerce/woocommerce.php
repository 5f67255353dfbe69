<?php

/**
 * Plugin Name: WooCommerce (stand-in)
 * Description: NOT WooCommerce. The functions, hooks, blocks and tables that LuxeBrain's plugin touches, as recorded from WooCommerce 9.9.5, for
 *              checks on machines where the real one cannot be had. Never install this in a shop.
 * Version:     9.9.5
 */

defined('ABSPATH') || exit;

require __DIR__ . '/orders.php';
require __DIR__ . '/utilities.php';
require __DIR__ . '/pages.php';
require __DIR__ . '/checkout.php';
require __DIR__ . '/keys.php';

class WooCommerce
{
    /** @var ?WC_Cart */
    public $cart = null;
}

/** The basket is the cookie stand_in_cart: "24:0:1,41:43:2" (product, variation, quantity). */
class WC_Cart
{
    public function get_cart()
    {
        $lines = [];
        foreach (array_filter(explode(',', $_COOKIE['stand_in_cart'] ?? '')) as $line) {
            [$product, $variation, $quantity] = array_map('intval', explode(':', $line));
            $lines[md5($line)] = ['product_id' => $product, 'variation_id' => $variation, 'quantity' => $quantity];
        }
        return $lines;
    }
}

class WC_Product
{
    private $id;

    public function __construct($id)
    {
        $this->id = $id;
    }

    public function get_id()
    {
        return $this->id;
    }
}

function WC()
{
    static $shop = null;
    $shop = $shop ?: new WooCommerce();
    return $shop;
}

register_activation_hook(__FILE__, function () {
    add_role('customer', 'Customer', ['read' => true]);
    get_role('administrator')->add_cap('manage_woocommerce');
    stand_in_make_order_tables();
});

add_action('plugins_loaded', function () {
    do_action('before_woocommerce_init');
}, 5);

add_action('init', function () {
    register_post_type('product', ['public' => true, 'has_archive' => 'shop', 'label' => 'Products', 'show_in_rest' => true]);
    register_post_type('product_variation', ['public' => false]);
    register_post_type('shop_order', ['public' => false]);
    if (!is_admin()) {
        WC()->cart = new WC_Cart();
    }
    do_action('woocommerce_init');
}, 0);

add_action('admin_menu', function () {
    add_menu_page('WooCommerce', 'WooCommerce', 'manage_woocommerce', 'woocommerce', '__return_null');
});

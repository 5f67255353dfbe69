<?php

/**
 * Stand-in for WooCommerce's two checkouts: the classic form (?wc-ajax=checkout) and the Store API, which the block checkout uses.
 */

defined('ABSPATH') || exit;

$GLOBALS['stand_in_additional_fields'] = [];

function woocommerce_register_additional_checkout_field($field)
{
    if (!did_action('woocommerce_init') && !doing_action('woocommerce_init')) {
        _doing_it_wrong(__FUNCTION__, 'too early', '8.6.0');
    }
    $GLOBALS['stand_in_additional_fields'][$field['id']] = $field;
}

function stand_in_checkout_fields()
{
    $fields = ['billing' => ['billing_email' => ['type' => 'email', 'label' => 'E-mail']], 'order' => []];
    return apply_filters('woocommerce_checkout_fields', $fields);
}

function stand_in_order($email)
{
    $order = new WC_Order();
    $order->set_billing_email($email);
    $order->update_meta_data('_order_key', 'wc_order_' . wp_generate_password(13, false));
    $order->update_meta_data('_stand_in_items', wp_json_encode(array_column(array_values(WC()->cart->get_cart()), 'product_id')));
    return $order;
}

add_action('template_redirect', function () {
    if (($_GET['wc-ajax'] ?? '') !== 'checkout') {
        return;
    }
    $posted = [];
    foreach (array_merge(...array_values(stand_in_checkout_fields())) as $name => $field) {
        $value = sanitize_text_field(wp_unslash($_POST[$name] ?? ''));
        $posted[$name] = $field['type'] === 'checkbox' ? (int) ($value !== '') : $value;
    }
    $order = stand_in_order($posted['billing_email']);
    do_action('woocommerce_checkout_create_order', $order, $posted);
    $order->save();
    wp_send_json(['result' => 'success', 'order_id' => $order->get_id(), 'key' => $order->get_meta('_order_key')]);
});

add_action('rest_api_init', function () {
    register_rest_route('wc/store/v1', '/checkout', [
        'methods' => 'POST',
        'permission_callback' => '__return_true',
        'callback' => function (WP_REST_Request $request) {
            $order = stand_in_order($request['billing_address']['email']);
            foreach ($GLOBALS['stand_in_additional_fields'] as $id => $field) {
                $value = (bool) ($request['additional_fields'][$id] ?? false);
                $order->update_meta_data("_wc_other/$id", $value ? '1' : '0');
                do_action('woocommerce_set_additional_field_value', $id, $value, 'other', $order);
            }
            do_action('woocommerce_store_api_checkout_update_order_from_request', $order, $request);
            $order->save();
            return ['order_id' => $order->get_id(), 'order_key' => $order->get_meta('_order_key')];
        },
    ]);
});

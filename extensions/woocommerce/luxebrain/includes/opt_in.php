<?php

/**
 * "May we write to you?" at checkout. A yes is kept on the order as the shop's record: what was asked, in which words, when.
 *
 * The block checkout's field is one of the order, not of the contact: WooCommerce would remember the latter with the customer and show the box
 * ticked at the next checkout, and a box that is ticked beforehand is no consent.
 */

namespace LuxeBrain\OptIn;

use LuxeBrain\Settings;

defined('ABSPATH') || exit;

const META = '_luxebrain_marketing_opt_in';
const BLOCK_FIELD = 'luxebrain/marketing-opt-in';
const CLASSIC_FIELD = 'luxebrain_marketing_opt_in';

function start(): void
{
    add_action('woocommerce_init', __NAMESPACE__ . '\\register_block_field');
    add_action('woocommerce_set_additional_field_value', __NAMESPACE__ . '\\keep_from_block', 10, 4);
    add_filter('woocommerce_checkout_fields', __NAMESPACE__ . '\\with_classic_field');
    add_action('woocommerce_checkout_create_order', __NAMESPACE__ . '\\keep_from_classic', 10, 2);
    add_action('woocommerce_admin_order_data_after_billing_address', __NAMESPACE__ . '\\show_on_order');
}

function is_on(): bool
{
    return (bool) Settings\read()['opt_in_is_on'];
}

function register_block_field(): void
{
    if (is_on() && function_exists('woocommerce_register_additional_checkout_field')) {
        woocommerce_register_additional_checkout_field([
            'id' => BLOCK_FIELD,
            'label' => Settings\opt_in_text(),
            'optionalLabel' => Settings\opt_in_text(),
            'location' => 'order',
            'type' => 'checkbox',
            'required' => false,
        ]);
    }
}

/**
 * @param mixed $value
 * @param mixed $holder the order, or a customer
 */
function keep_from_block(string $key, $value, string $group, $holder): void
{
    if ($key === BLOCK_FIELD && $holder instanceof \WC_Order) {
        keep($holder, (bool) $value, 'block');
    }
}

function with_classic_field(array $fields): array
{
    if (is_on()) {
        $fields['order'][CLASSIC_FIELD] = [
            'type' => 'checkbox',
            'label' => esc_html(Settings\opt_in_text()),
            'required' => false,
            'default' => 0,
            'priority' => 200,
        ];
    }
    return $fields;
}

/** WooCommerce has checked its own nonce and read the fields by then. */
function keep_from_classic(\WC_Order $order, array $posted): void
{
    if (is_on()) {
        keep($order, !empty($posted[CLASSIC_FIELD]), 'classic');
    }
}

/** A no leaves no record; a block checkout may be unticked again before the order is placed. */
function keep(\WC_Order $order, bool $is_given, string $checkout): void
{
    if (!$is_given) {
        $order->delete_meta_data(META);
        return;
    }
    $record = ['given' => true, 'wording' => Settings\opt_in_text(), 'at' => gmdate('Y-m-d\TH:i:s\Z'), 'checkout' => $checkout];
    $order->update_meta_data(META, (string) wp_json_encode($record, JSON_UNESCAPED_UNICODE));
}

/**
 * @return array{wording: string, at: string}|null
 */
function find_record(\WC_Order $order): ?array
{
    $record = json_decode((string) $order->get_meta(META), true);
    if (!is_array($record) || empty($record['given'])) {
        return null;
    }
    return ['wording' => (string) ($record['wording'] ?? ''), 'at' => (string) ($record['at'] ?? '')];
}

/**
 * @param mixed $order
 */
function show_on_order($order): void
{
    $record = $order instanceof \WC_Order ? find_record($order) : null;
    if ($record) {
        /* translators: 1: date and time, 2: the wording at checkout */
        $text = sprintf(__('Marketing opt-in given %1$s: “%2$s”', 'luxebrain'), $record['at'], $record['wording']);
        echo '<p>' . esc_html($text) . '</p>';
    }
}

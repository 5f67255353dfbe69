<?php

/**
 * Stand-in for WooCommerce's orders: in tables of their own (HPOS) or as posts, by the option stand_in_order_tables. Meta only reaches the database
 * with save(), as in the real one.
 */

use Automattic\WooCommerce\Utilities\OrderUtil;

defined('ABSPATH') || exit;

function stand_in_make_order_tables()
{
    global $wpdb;
    $wpdb->query("CREATE TABLE IF NOT EXISTS {$wpdb->prefix}wc_orders (id BIGINT PRIMARY KEY, status VARCHAR(20), type VARCHAR(20),
        billing_email VARCHAR(320), date_created_gmt DATETIME, date_updated_gmt DATETIME)");
    $wpdb->query("CREATE TABLE IF NOT EXISTS {$wpdb->prefix}wc_orders_meta (id BIGINT AUTO_INCREMENT PRIMARY KEY, order_id BIGINT,
        meta_key VARCHAR(255), meta_value LONGTEXT)");
}

class WC_Order
{
    private $id = 0;
    private $email = '';
    private $meta = [];

    public static function load($id)
    {
        global $wpdb;
        $order = new self();
        $order->id = (int) $id;
        if (OrderUtil::custom_orders_table_usage_is_enabled()) {
            $row = $wpdb->get_row($wpdb->prepare("SELECT * FROM {$wpdb->prefix}wc_orders WHERE id = %d", $id));
            $meta = "SELECT meta_key, meta_value FROM {$wpdb->prefix}wc_orders_meta WHERE order_id = %d";
        } else {
            $row = get_post($id);
            $meta = "SELECT meta_key, meta_value FROM {$wpdb->postmeta} WHERE post_id = %d";
        }
        if (!$row) {
            return false;
        }
        $order->meta = array_column($wpdb->get_results($wpdb->prepare($meta, $id), ARRAY_A), 'meta_value', 'meta_key');
        $order->email = $row->billing_email ?? ($order->meta['_billing_email'] ?? '');
        return $order;
    }

    public function get_id()
    {
        return $this->id;
    }

    public function set_billing_email($email)
    {
        $this->email = $email;
    }

    public function get_items()
    {
        return array_map(function ($product) {
            return new WC_Order_Item_Product($product);
        }, json_decode($this->meta['_stand_in_items'] ?? '[]', true));
    }

    public function get_meta($key)
    {
        return $this->meta[$key] ?? '';
    }

    public function update_meta_data($key, $value)
    {
        $this->meta[$key] = $value;
    }

    public function delete_meta_data($key)
    {
        unset($this->meta[$key]);
    }

    public function save()
    {
        global $wpdb;
        $now = gmdate('Y-m-d H:i:s');
        if (!OrderUtil::custom_orders_table_usage_is_enabled()) {
            $this->meta['_billing_email'] = $this->email;
            $post = ['post_type' => 'shop_order', 'post_status' => 'wc-processing', 'post_title' => 'Order'];
            $this->id = $this->id ?: wp_insert_post($post);
        } else {
            $this->id = $this->id ?: (int) $wpdb->get_var("SELECT 7000 + COUNT(*) FROM {$wpdb->prefix}wc_orders");
            $wpdb->replace("{$wpdb->prefix}wc_orders", ['id' => $this->id, 'status' => 'wc-processing', 'type' => 'shop_order',
                'billing_email' => $this->email, 'date_created_gmt' => $now, 'date_updated_gmt' => $now]);
        }
        $this->save_meta_data();
        return $this->id;
    }

    public function save_meta_data()
    {
        global $wpdb;
        $is_table = OrderUtil::custom_orders_table_usage_is_enabled();
        $table = $is_table ? "{$wpdb->prefix}wc_orders_meta" : $wpdb->postmeta;
        $owner = $is_table ? 'order_id' : 'post_id';
        $wpdb->delete($table, [$owner => $this->id]);
        foreach ($this->meta as $key => $value) {
            $wpdb->insert($table, [$owner => $this->id, 'meta_key' => $key, 'meta_value' => $value]);
        }
    }
}

class WC_Order_Item_Product
{
    private $product;

    public function __construct($product)
    {
        $this->product = $product;
    }

    public function get_product_id()
    {
        return $this->product;
    }
}

function wc_get_order($id)
{
    return $id ? WC_Order::load($id) : false;
}

function wc_get_orders($args)
{
    global $wpdb;
    $sql = OrderUtil::custom_orders_table_usage_is_enabled()
        ? "SELECT id FROM {$wpdb->prefix}wc_orders WHERE billing_email = %s ORDER BY id LIMIT %d, %d"
        : "SELECT post_id FROM {$wpdb->postmeta} WHERE meta_key = '_billing_email' AND meta_value = %s ORDER BY post_id LIMIT %d, %d";
    $found = $wpdb->get_col($wpdb->prepare($sql, $args['billing_email'], ($args['page'] - 1) * $args['limit'], $args['limit']));
    return array_map('wc_get_order', $found);
}

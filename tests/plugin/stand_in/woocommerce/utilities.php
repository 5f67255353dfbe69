<?php

/**
 * Stand-in for the two classes of WooCommerce that say where orders are kept and what a plugin gets along with.
 */

namespace Automattic\WooCommerce\Utilities;

class OrderUtil
{
    public static function custom_orders_table_usage_is_enabled()
    {
        return get_option('stand_in_order_tables') === 'yes';
    }
}

class FeaturesUtil
{
    /** @var array<string, bool> */
    public static $declared = [];

    public static function declare_compatibility($feature, $plugin, $is_compatible)
    {
        self::$declared[$feature] = $is_compatible;
        return true;
    }
}

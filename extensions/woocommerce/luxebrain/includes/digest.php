<?php

/**
 * What the store holds, told in a few numbers: per day of the last change, how many rows and a sum over them. LuxeBrain computes the same from its
 * copy; where two days differ, the copy has drifted. docs/woocommerce.md is the contract. One statement per entity, whatever the store's size.
 */

namespace LuxeBrain\Digest;

defined('ABSPATH') || exit;

const FORMAT = 2;

/**
 * @return array<string, array<int, array{day: string, rows: int, checksum: string}>>
 */
function compute(string $from): array
{
    return [
        'products' => by_day(products(), $from),
        'variations' => by_day(variations(), $from),
        'orders' => by_day(orders(), $from),
        'customers' => by_day(customers(), $from),
    ];
}

function has_order_tables(): bool
{
    $orders = 'Automattic\WooCommerce\Utilities\OrderUtil';
    return class_exists($orders) && $orders::custom_orders_table_usage_is_enabled();
}

/**
 * The sum does not depend on any order of rows: 60 bits of each row's MD5 are added up exactly, as DECIMAL.
 *
 * @param string $rows a SELECT of (id, modified), modified as 2026-01-31T23:59:59
 */
function by_day(string $rows, string $from): array
{
    global $wpdb;
    // phpcs:ignore -- $rows is one of the four statements below: table names and constants
    $found = $wpdb->get_results($wpdb->prepare(
        "SELECT LEFT(modified, 10) AS modified_day, COUNT(*) AS row_count,
                SUM(CAST(CONV(LEFT(MD5(CONCAT(id, ':', modified)), 15), 16, 10) AS UNSIGNED)) AS checksum
         FROM ($rows) AS found WHERE modified >= %s GROUP BY modified_day ORDER BY modified_day",
        $from
    ), ARRAY_A);
    return array_map(__NAMESPACE__ . '\\day', (array) $found);
}

function day(array $row): array
{
    return ['day' => $row['modified_day'], 'rows' => (int) $row['row_count'], 'checksum' => $row['checksum']];
}

/** As LuxeBrain reads a product: changed when it or one of its variations was. */
function products(): string
{
    global $wpdb;
    return "SELECT p.ID AS id, REPLACE(CAST(GREATEST(p.post_modified_gmt, COALESCE(MAX(v.post_modified_gmt), p.post_modified_gmt)) AS CHAR(19)),
                   ' ', 'T') AS modified
            FROM {$wpdb->posts} AS p
            LEFT JOIN {$wpdb->posts} AS v ON v.post_parent = p.ID AND v.post_type = 'product_variation'
                 AND v.post_status NOT IN ('trash', 'auto-draft')
            WHERE p.post_type = 'product' AND p.post_status IN ('publish', 'future', 'draft', 'pending', 'private')
            GROUP BY p.ID, p.post_modified_gmt";
}

/** Each by itself too: one that is deleted need not move the date of its product. */
function variations(): string
{
    global $wpdb;
    return "SELECT v.ID AS id, REPLACE(CAST(v.post_modified_gmt AS CHAR(19)), ' ', 'T') AS modified
            FROM {$wpdb->posts} AS v
            JOIN {$wpdb->posts} AS p ON p.ID = v.post_parent AND p.post_type = 'product'
                 AND p.post_status IN ('publish', 'future', 'draft', 'pending', 'private')
            WHERE v.post_type = 'product_variation' AND v.post_status NOT IN ('trash', 'auto-draft')";
}

/** Without refunds, trash and checkouts that were only begun. */
function orders(): string
{
    global $wpdb;
    $none = "('trash', 'auto-draft', 'draft', 'new', 'wc-checkout-draft')";
    if (has_order_tables()) {
        return "SELECT id, REPLACE(CAST(date_updated_gmt AS CHAR(19)), ' ', 'T') AS modified
                FROM {$wpdb->prefix}wc_orders WHERE type = 'shop_order' AND status NOT IN $none";
    }
    return "SELECT ID AS id, REPLACE(CAST(post_modified_gmt AS CHAR(19)), ' ', 'T') AS modified
            FROM {$wpdb->posts} WHERE post_type = 'shop_order' AND post_status NOT IN $none";
}

/** WooCommerce writes a customer's last change as seconds; one that never changed has the day of joining. */
function customers(): string
{
    global $wpdb;
    $changed = "DATE_ADD('1970-01-01 00:00:00', INTERVAL NULLIF(MAX(CAST(m.meta_value AS UNSIGNED)), 0) SECOND)";
    return "SELECT u.ID AS id, REPLACE(CAST(COALESCE($changed, u.user_registered) AS CHAR(19)), ' ', 'T') AS modified
            FROM {$wpdb->users} AS u
            JOIN {$wpdb->usermeta} AS c ON c.user_id = u.ID AND c.meta_key = '{$wpdb->prefix}capabilities' AND INSTR(c.meta_value, '\"customer\"') > 0
            LEFT JOIN {$wpdb->usermeta} AS m ON m.user_id = u.ID AND m.meta_key = 'last_update'
            GROUP BY u.ID, u.user_registered";
}

<?php

/** Run by WordPress when the plugin is deleted, with or without WooCommerce. */

namespace LuxeBrain\Uninstall;

defined('WP_UNINSTALL_PLUGIN') || exit;

require_once __DIR__ . '/includes/forget.php';

if (is_multisite()) {
    foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $site) {
        switch_to_blog($site);
        \LuxeBrain\Forget\everything();
        restore_current_blog();
    }
} else {
    \LuxeBrain\Forget\everything();
}

<?php

/**
 * The same widget as a block, for wherever a merchant wants one; rendered here, so nothing has to be built.
 */

namespace LuxeBrain\Block;

use LuxeBrain\Widget;

defined('ABSPATH') || exit;

function start(): void
{
    add_action('init', __NAMESPACE__ . '\\register');
}

function register(): void
{
    $folder = dirname(__DIR__) . '/blocks/widget';
    register_block_type($folder, ['render_callback' => __NAMESPACE__ . '\\render']);
    wp_set_script_translations('luxebrain-widget-editor-script', 'luxebrain', dirname(__DIR__) . '/languages');
}

/**
 * @param array{placement?: string, title?: string} $attributes
 */
function render(array $attributes): string
{
    return Widget\anywhere((string) ($attributes['placement'] ?? 'similar'), 0, (string) ($attributes['title'] ?? ''));
}

<?php

/**
 * What the merchant decided: one option. What it leaves empty is taken from defaults.json, which a download from the dashboard has filled in.
 */

namespace LuxeBrain\Settings;

defined('ABSPATH') || exit;

const OPTION = 'luxebrain_settings';
const GROUP = 'luxebrain';
const LONGEST_TEXT = 300;

function start(): void
{
    add_action('admin_init', __NAMESPACE__ . '\\register');
    add_filter('option_page_capability_' . GROUP, __NAMESPACE__ . '\\capability');
}

function register(): void
{
    register_setting(GROUP, OPTION, ['type' => 'array', 'sanitize_callback' => __NAMESPACE__ . '\\cleaned', 'show_in_rest' => false]);
}

function capability(): string
{
    return 'manage_woocommerce';
}

/**
 * Where widgets can stand by themselves: what LuxeBrain is asked for there, and the name in the settings.
 *
 * @return array<string, array{placement: string, label: string}>
 */
function places(): array
{
    return [
        'product_together' => ['placement' => 'bought_together', 'label' => __('Product page: often bought together', 'luxebrain')],
        'product_similar' => ['placement' => 'similar', 'label' => __('Product page: similar products', 'luxebrain')],
        'cart' => ['placement' => 'cart', 'label' => __('Cart: goes well with what is in it', 'luxebrain')],
        'thank_you' => ['placement' => 'thank_you', 'label' => __('Thank-you page: goes well with what was bought', 'luxebrain')],
        'empty_cart' => ['placement' => 'empty_cart', 'label' => __('Empty cart: what suits the visitor', 'luxebrain')],
        'shop' => ['placement' => 'trending', 'label' => __('Shop page: trending products', 'luxebrain')],
        'home' => ['placement' => 'for_you', 'label' => __('Home page: picked for the visitor', 'luxebrain')],
        'home_viewed' => ['placement' => 'recently_viewed', 'label' => __('Home page: recently viewed products', 'luxebrain')],
        'not_found' => ['placement' => 'not_found', 'label' => __('Page not found: a way back into the shop', 'luxebrain')],
        'no_results' => ['placement' => 'no_results', 'label' => __('Search without results: a way back into the shop', 'luxebrain')],
    ];
}

/**
 * @return array{public_key: string, address: string, places: array<string, array{is_on: bool, title: string}>,
 *               consent: string, opt_in_is_on: bool, opt_in_text: string}
 */
function read(): array
{
    $defaults = defaults();
    $saved = get_option(OPTION, []);
    $settings = array_merge($defaults, is_array($saved) ? $saved : []);
    $settings['public_key'] = $settings['public_key'] ?: $defaults['public_key'];
    $settings['address'] = $settings['address'] ?: $defaults['address'];
    return $settings;
}

function is_set_up(): bool
{
    $settings = read();
    return $settings['public_key'] !== '' && $settings['address'] !== '';
}

/** What is asked at checkout; kept with every answer, so changing it later changes no answer. */
function opt_in_text(): string
{
    $own = read()['opt_in_text'];
    return $own !== '' ? $own : __('Yes, send me news and offers by e-mail. I can unsubscribe at any time.', 'luxebrain');
}

function defaults(): array
{
    // phpcs:ignore -- a file of this plugin, not an address
    $filled_in = json_decode((string) file_get_contents(dirname(__DIR__) . '/defaults.json'), true);
    $filled_in = is_array($filled_in) ? $filled_in : [];
    return [
        'public_key' => usable_key($filled_in['public_key'] ?? ''),
        'address' => usable_address($filled_in['address'] ?? ''),
        'places' => array_fill_keys(array_keys(places()), ['is_on' => true, 'title' => '']),
        'consent' => 'session',
        'opt_in_is_on' => false,
        'opt_in_text' => '',
    ];
}

/**
 * What may be remembered of a visitor, and how it is said in the settings. The WP Consent API can only lessen it.
 *
 * @return array<string, string>
 */
function consents(): array
{
    return [
        'none' => __('Nothing', 'luxebrain'),
        'session' => __('What they looked at, until they leave; clicks, until the order', 'luxebrain'),
        'customer' => __('The same for later visits, and what customers who are logged in have bought', 'luxebrain'),
    ];
}

/**
 * What a form sent, as it is kept. What cannot be used is said, and the old value stays.
 *
 * @param mixed $sent
 */
function cleaned($sent): array
{
    $sent = is_array($sent) ? $sent : [];
    $before = read();
    return [
        'public_key' => accepted($sent, 'public_key', $before),
        'address' => accepted($sent, 'address', $before),
        'places' => cleaned_places($sent['places'] ?? []),
        'consent' => in_array($sent['consent'] ?? '', array_keys(consents()), true) ? $sent['consent'] : $before['consent'],
        'opt_in_is_on' => !empty($sent['opt_in_is_on']),
        'opt_in_text' => one_line($sent['opt_in_text'] ?? ''),
    ];
}

function accepted(array $sent, string $name, array $before): string
{
    $text = is_string($sent[$name] ?? null) ? trim($sent[$name]) : '';
    $usable = $name === 'address' ? usable_address($text) : usable_key($text);
    if ($text === '' || $usable !== '') {
        return $usable;
    }
    $problems = [
        'address' => __('This is no address that can be used: it has to begin with https://. The one from before was kept.', 'luxebrain'),
        'public_key' => __('This is no public key: copy it from the settings of your store in LuxeBrain. The one from before was kept.', 'luxebrain'),
    ];
    add_settings_error(OPTION, "luxebrain_$name", $problems[$name]);
    return $before[$name];
}

/**
 * @param mixed $sent
 */
function cleaned_places($sent): array
{
    $cleaned = [];
    foreach (array_keys(places()) as $place) {
        $entry = is_array($sent) && is_array($sent[$place] ?? null) ? $sent[$place] : [];
        $cleaned[$place] = ['is_on' => !empty($entry['is_on']), 'title' => one_line($entry['title'] ?? '')];
    }
    return $cleaned;
}

/**
 * @param mixed $text
 */
function one_line($text): string
{
    return is_string($text) ? mb_substr(sanitize_text_field($text), 0, LONGEST_TEXT) : '';
}

/**
 * @param mixed $text
 */
function usable_key($text): string
{
    return is_string($text) && preg_match('/^[A-Za-z0-9_-]{6,100}$/D', $text) ? $text : '';
}

/**
 * Without a slash at its end. Only a LuxeBrain on this very machine may be reached without https.
 *
 * @param mixed $text
 */
function usable_address($text): string
{
    $text = is_string($text) ? untrailingslashit($text) : '';
    $parts = $text === '' ? false : wp_parse_url($text);
    $is_local = in_array($parts['host'] ?? '', ['localhost', '127.0.0.1'], true);
    $is_safe = ($parts['scheme'] ?? '') === 'https' || (($parts['scheme'] ?? '') === 'http' && $is_local);
    $is_plain = $parts && !array_intersect(['user', 'pass', 'query', 'fragment'], array_keys($parts)) && !empty($parts['host']);
    return $is_safe && $is_plain && esc_url_raw($text) === $text ? $text : '';
}

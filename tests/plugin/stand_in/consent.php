<?php

/**
 * Stand-in for the WP Consent API, there once the option stand_in_consent_api is set: the visitor's choices are the cookies wp_consent_<category>.
 */

defined('ABSPATH') || exit;

if (get_option('stand_in_consent_api')) {
    function wp_has_consent($category)
    {
        return ($_COOKIE["wp_consent_$category"] ?? '') === 'allow';
    }

    function wp_add_cookie_info($name, $service, $category, $expires, $purpose)
    {
        update_option('stand_in_cookie_info', [$name, $service, $category, $expires, $purpose]);
    }
}

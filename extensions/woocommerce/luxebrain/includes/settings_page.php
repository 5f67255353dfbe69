<?php

/**
 * The page under WooCommerce → LuxeBrain. WordPress's Settings API saves it: options.php checks the nonce and who may.
 */

namespace LuxeBrain\SettingsPage;

use LuxeBrain\Settings;

defined('ABSPATH') || exit;

const PAGE = 'luxebrain';

function start(): void
{
    add_action('admin_menu', __NAMESPACE__ . '\\add', 60);
    add_filter('plugin_action_links_' . plugin_basename(\LuxeBrain\FILE), __NAMESPACE__ . '\\with_link');
}

function add(): void
{
    $parent = class_exists('WooCommerce') ? 'woocommerce' : 'options-general.php';
    add_submenu_page($parent, 'LuxeBrain', 'LuxeBrain', Settings\capability(), PAGE, __NAMESPACE__ . '\\show');
}

/**
 * @param string[] $links
 *
 * @return string[]
 */
function with_link(array $links): array
{
    array_unshift($links, '<a href="' . esc_url(menu_page_url(PAGE, false)) . '">' . esc_html__('Settings', 'luxebrain') . '</a>');
    return $links;
}

function show(): void
{
    if (!current_user_can(Settings\capability())) {
        wp_die(esc_html__('You may not change these settings.', 'luxebrain'), '', ['response' => 403]);
    }
    $settings = Settings\read();
    ?>
    <div class="wrap">
        <h1>LuxeBrain</h1>
        <?php settings_errors(); ?>
        <?php show_state(); ?>
        <form method="post" action="<?php echo esc_url(admin_url('options.php')); ?>">
            <?php settings_fields(Settings\GROUP); ?>
            <table class="form-table" role="presentation">
                <?php show_connection($settings); ?>
                <?php show_places($settings); ?>
                <?php show_consent($settings); ?>
                <?php show_opt_in($settings); ?>
            </table>
            <?php submit_button(); ?>
        </form>
    </div>
    <?php
}

function show_state(): void
{
    if (!class_exists('WooCommerce')) {
        $text = __('WooCommerce is not active: nothing is shown in the shop.', 'luxebrain');
    } elseif (!Settings\is_set_up()) {
        $text = __('Fill in the address and the public key; until then nothing is shown in the shop.', 'luxebrain');
    } else {
        return;
    }
    ?>
    <div class="notice notice-warning inline"><p><?php echo esc_html($text); ?></p></div>
    <?php
}

function show_connection(array $settings): void
{
    ?>
    <tr>
        <th scope="row"><label for="luxebrain-address"><?php esc_html_e('Address of your LuxeBrain', 'luxebrain'); ?></label></th>
        <td><input type="url" class="regular-text" id="luxebrain-address" name="<?php echo esc_attr(Settings\OPTION); ?>[address]"
            value="<?php echo esc_attr($settings['address']); ?>" placeholder="https://luxebrain.example">
            <p class="description">
                <?php esc_html_e('The visitor’s browser asks there for products. This site sends nothing by itself.', 'luxebrain'); ?></p></td>
    </tr>
    <tr>
        <th scope="row"><label for="luxebrain-key"><?php esc_html_e('Public key', 'luxebrain'); ?></label></th>
        <td><input type="text" class="regular-text code" id="luxebrain-key" name="<?php echo esc_attr(Settings\OPTION); ?>[public_key]"
            value="<?php echo esc_attr($settings['public_key']); ?>" autocomplete="off" spellcheck="false">
            <p class="description"><?php esc_html_e('In LuxeBrain under Settings. It names your store and is no secret.', 'luxebrain'); ?></p></td>
    </tr>
    <?php
}

function show_places(array $settings): void
{
    foreach (Settings\places() as $place => $about) {
        $name = Settings\OPTION . "[places][$place]";
        $chosen = $settings['places'][$place] ?? ['is_on' => false, 'title' => ''];
        ?>
        <tr>
            <th scope="row"><?php echo esc_html($about['label']); ?></th>
            <td>
                <label><input type="checkbox" name="<?php echo esc_attr($name); ?>[is_on]" value="1" <?php checked($chosen['is_on']); ?>>
                    <?php esc_html_e('Show', 'luxebrain'); ?></label>
                <label><?php esc_html_e('Heading', 'luxebrain'); ?>
                    <input type="text" class="regular-text" name="<?php echo esc_attr($name); ?>[title]"
                        value="<?php echo esc_attr($chosen['title']); ?>"
                        placeholder="<?php esc_attr_e('as set in LuxeBrain', 'luxebrain'); ?>"></label>
            </td>
        </tr>
        <?php
    }
}

function show_consent(array $settings): void
{
    ?>
    <tr>
        <th scope="row"><label for="luxebrain-consent"><?php esc_html_e('Remember of visitors', 'luxebrain'); ?></label></th>
        <td><select id="luxebrain-consent" name="<?php echo esc_attr(Settings\OPTION); ?>[consent]">
            <?php foreach (Settings\consents() as $consent => $label) { ?>
                <option value="<?php echo esc_attr($consent); ?>" <?php selected($settings['consent'], $consent); ?>>
                    <?php echo esc_html($label); ?></option>
            <?php } ?>
            </select>
            <p class="description"><?php esc_html_e('Kept in the visitor’s own browser.', 'luxebrain'); ?>
                <?php esc_html_e('Where your shop asks for consent (WP Consent API), a no always wins.', 'luxebrain'); ?></p></td>
    </tr>
    <?php
}

function show_opt_in(array $settings): void
{
    $name = Settings\OPTION;
    ?>
    <tr>
        <th scope="row"><?php esc_html_e('Marketing opt-in at checkout', 'luxebrain'); ?></th>
        <td>
            <label><input type="checkbox" name="<?php echo esc_attr($name); ?>[opt_in_is_on]" value="1" <?php checked($settings['opt_in_is_on']); ?>>
                <?php esc_html_e('Ask at checkout; the box is never ticked beforehand', 'luxebrain'); ?></label>
            <p><label><?php esc_html_e('Wording', 'luxebrain'); ?>
                <input type="text" class="large-text" name="<?php echo esc_attr($name); ?>[opt_in_text]"
                    value="<?php echo esc_attr($settings['opt_in_text']); ?>"
                    placeholder="<?php echo esc_attr(Settings\opt_in_text()); ?>"></label></p>
            <p class="description"><?php esc_html_e('Who ticks it has it kept on the order, with this wording and the time.', 'luxebrain'); ?></p>
        </td>
    </tr>
    <?php
}

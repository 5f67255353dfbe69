// The block in the editor: a box that says what will stand here, and two choices beside it. Written by hand; nothing is built.
(({ blocks, blockEditor, components, element, i18n }) => {
  const { createElement: h } = element;
  const { __ } = i18n;

  const placements = [
    { value: "similar", label: __("Similar products", "luxebrain") },
    { value: "bought_together", label: __("Often bought together", "luxebrain") },
    { value: "cart", label: __("Goes well with the cart", "luxebrain") },
    { value: "trending", label: __("Trending products", "luxebrain") },
    { value: "best_sellers", label: __("Best sellers", "luxebrain") },
    { value: "recently_viewed", label: __("Recently viewed products", "luxebrain") },
    { value: "for_you", label: __("Picked for the visitor", "luxebrain") },
  ];

  function edit({ attributes, setAttributes }) {
    const chosen = placements.find(({ value }) => value === attributes.placement) || placements[0];
    const choices = h(components.PanelBody, { title: __("Recommendations", "luxebrain") },
      h(components.SelectControl, {
        label: __("What to show", "luxebrain"),
        value: chosen.value,
        options: placements,
        onChange: (placement) => setAttributes({ placement }),
      }),
      h(components.TextControl, {
        label: __("Heading", "luxebrain"),
        help: __("Left empty, it is as set in LuxeBrain.", "luxebrain"),
        value: attributes.title,
        onChange: (title) => setAttributes({ title }),
      }));
    const box = h(components.Placeholder, { icon: "star-filled", label: "LuxeBrain", instructions: chosen.label });
    return h("div", blockEditor.useBlockProps(), h(blockEditor.InspectorControls, {}, choices), box);
  }

  blocks.registerBlockType("luxebrain/widget", { edit, save: () => null });
})(window.wp);

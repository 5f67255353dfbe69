// Fills every place of the page.
if (!customElements.get("luxebrain-widget")) {
  customElements.define("luxebrain-widget", LuxeBrainWidget);
  const places = document.querySelectorAll("[data-luxebrain-placement]");
  timed(() => { for (const place of places) place.append(document.createElement("luxebrain-widget")); });
  const product = [...places].find((place) => place.dataset.product);
  if (product) noteSeen(product);
  watchMoves();
  addEventListener("visibilitychange", () => document.visibilityState === "hidden" && tell());
  addEventListener("pagehide", tell);
  spentMs = performance.now() - BEGAN;
}

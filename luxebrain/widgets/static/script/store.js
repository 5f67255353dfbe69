// The store's own API: what things cost there, and its cart.
function storeApi(path) {
  const root = document.querySelector('link[rel="https://api.w.org/"]')?.href || new URL("/wp-json/", location.href).href;
  return `${root}wc/store/v1/${path}`;
}

// The items at what this shopper would pay (taxes, currency), without those that the store says are gone; as they came if it is silent.
async function asSold(items) {
  const ids = items.map((item) => item.product_id).join();
  const asked = askStore(`products?include=${ids}&per_page=${items.length}`).catch(() => []);
  const found = await Promise.race([asked, after(BUDGET_MS, [])]);
  const sold = new Map((Array.isArray(found) ? found : []).map((product) => [product.id, product]));
  return items.map((item) => ({ ...item, ...soldAs(sold.get(item.product_id)) })).filter((item) => item.isInStock !== false);
}

// Store API amounts are whole numbers of the smallest unit.
function soldAs(product) {
  const prices = product?.prices;
  if (!prices || typeof prices.price !== "string" || !prices.price) return {};
  const unit = Number(prices.currency_minor_unit) || 0;
  const [price, regular] = [prices.price, prices.regular_price].map((amount) => (Number(amount) / 10 ** unit).toFixed(unit));
  return { price, compare_at_price: Number(regular) > Number(price) ? regular : null, currency: prices.currency_code,
    isFrom: Boolean(prices.price_range), isInStock: product.is_in_stock !== false };
}

async function ofStore(id) {
  return askStore(`products/${id}`, "no-store").then(soldAs, () => null);
}

async function askStore(path, cache = "default") {
  const response = await fetch(storeApi(path), { credentials: "same-origin", cache, signal: AbortSignal.timeout(2000) });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

// Reading a cart gives the nonce for writing to it.
async function addToCart(id) {
  const cart = await fetch(storeApi("cart"), { credentials: "same-origin" });
  const headers = { "Content-Type": "application/json", Nonce: cart.headers.get("Nonce") || "" };
  const options = { method: "POST", credentials: "same-origin", headers, body: JSON.stringify({ id, quantity: 1 }) };
  const added = await fetch(storeApi("cart/add-item"), options);
  if (!added.ok) throw new Error(String(added.status));
}

function announce(widget, products) {
  for (const id of products) {
    widget.dispatchEvent(new CustomEvent("luxebrain:added", { bubbles: true, composed: true, detail: { product_id: id } }));
  }
  document.body.dispatchEvent(new CustomEvent("wc-blocks_added_to_cart", { bubbles: true })); // WooCommerce's block mini cart
  window.jQuery?.(document.body).trigger("wc_fragment_refresh"); // classic themes
  const { luxebrainPlacement: placement, order } = widget.parentElement.dataset;
  if (["cart", "empty_cart"].includes(placement) && !order) setTimeout(() => location.reload(), 600);
}

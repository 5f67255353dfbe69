// LuxeBrain's storefront widget. Fills <div data-luxebrain-placement="similar" data-product="123"> (bought_together; cart with data-cart="1,2").
// Who asks whom is in its own address (?store=), or on the place where the shop serves this file itself: data-store, data-api, data-title.
// Nothing on the page ever moves, and whatever goes wrong here, the page is as if we were not there.
// Style it by --luxebrain-accent, --luxebrain-gap, --luxebrain-radius and the parts named below. A theme that keeps room for a place with
// a min-height sees the widget at once wherever it is; a place that stays without one has <luxebrain-widget empty>, to give the room back.

const HERE = new URL(import.meta.url);
const BUDGET_MS = 300;
const SHOWN = 4;
// What one widget shows, the next does not: they choose in turn, in the order of the page.
const onPage = new Set();
const waiting = [];
let turn = Promise.resolve();
const BREAKER = { failures: 3, restMs: 300_000 };
const STALE_MS = 3_600_000;
const COOKIE = { name: "luxebrain", clicks: 20, bytes: 2000, seconds: 2_592_000 };

const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host { display: block; position: relative; margin-block: 2.5em }
:host([hidden]) { display: none }
* { box-sizing: border-box }
.heading { margin: 0 0 .75em; height: 1.4em; font: inherit; font-size: 1.25em; font-weight: 600; line-height: 1.4; overflow: hidden;
  white-space: nowrap }
ul { display: grid; grid-template-columns: repeat(${SHOWN}, minmax(0, 1fr)); gap: var(--luxebrain-gap, 1rem); margin: 0; padding: 4px 0;
  list-style: none }
li { position: relative; display: flex; flex-direction: column; min-width: 0 }
a { display: block; color: inherit; text-decoration: none }
a:hover .title { text-decoration: underline }
.picture { display: block; aspect-ratio: 4 / 5; overflow: hidden; border-radius: var(--luxebrain-radius, 8px);
  background: color-mix(in srgb, currentColor 6%, transparent) }
img { display: block; width: 100%; height: 100%; object-fit: cover }
.title { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; height: 2.8em; margin: .6em 0 .3em;
  line-height: 1.4; overflow-wrap: anywhere }
.price { height: 1.5em; margin: 0 0 .6em; line-height: 1.5; white-space: nowrap; overflow: hidden }
.price span { font-weight: 600 }
s { margin-inline-start: .4em; opacity: .8 }
.room { height: 2.75em }
button { width: 100%; height: 2.75em; margin-top: auto; padding: 0 .5em; border: 1px solid var(--luxebrain-accent, currentColor);
  border-radius: var(--luxebrain-radius, 8px); background: transparent; color: var(--luxebrain-accent, inherit); font: inherit;
  cursor: pointer }
button:hover { background: color-mix(in srgb, currentColor 8%, transparent) }
a:focus-visible, button:focus-visible { outline: 2px solid var(--luxebrain-accent, currentColor); outline-offset: 2px }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (max-width: 640px) {
  ul { grid-template-columns: repeat(${SHOWN}, 44%); overflow-x: auto }
  a:focus-visible, button:focus-visible { outline-offset: -2px }
}`);

class LuxeBrainWidget extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #settled = false;

  connectedCallback() {
    if (this.#root.adoptedStyleSheets.length) return;
    this.#root.adoptedStyleSheets = [SHEET];
    this.hidden = true;
    if (breakerIsOpen()) {
      moveNothing(this, () => this.#leave());
      return;
    }
    waiting.push(this);
    moveNothing(this, () => this.#reserve());
    const near = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      near.disconnect();
      for (const widget of waiting.splice(0, waiting.indexOf(this) + 1)) widget.#load();
    }, { rootMargin: "400px" });
    near.observe(this.parentElement);
  }

  #load() {
    const asked = ask(this.parentElement.dataset).catch(() => null);
    turn = turn.then(async () => this.#take(await asked)).catch(() => {});
  }

  #take(answer) {
    this.#settled = true;
    const items = (answer?.items || []).filter((item) => !onPage.has(item.product_id)).slice(0, SHOWN);
    if (items.length) {
      for (const item of items) onPage.add(item.product_id);
      moveNothing(this, () => this.#show(answer, items));
    } else {
      this.style.visibility = "hidden"; // empty boxes are no sight; their room goes once nothing moves by it
      moveNothing(this, () => this.#leave());
    }
  }

  #leave() {
    this.hidden = true;
    this.setAttribute("empty", "");
  }

  // Empty boxes: what comes takes exactly their place.
  #reserve() {
    if (this.#settled) return;
    const cards = Array.from({ length: SHOWN }, () =>
      make("li", {}, make("span", { className: "picture" }), make("span", { className: "title" }), make("p", { className: "price" }),
        make("span", { className: "room" })));
    this.#root.replaceChildren(make("div", { className: "heading" }), make("ul", {}, ...cards));
    this.setAttribute("aria-hidden", "true");
    this.hidden = false;
  }

  #show(answer, items) {
    const status = make("p", { className: "quiet", role: "status" });
    const heading = make("h2", { className: "heading", part: "heading", id: "heading",
      textContent: title(this.parentElement.dataset, answer) });
    const list = make("ul", { part: "list", role: "list" }, ...items.map((item) => this.#card(item, answer, status)));
    list.setAttribute("aria-labelledby", "heading");
    this.#root.replaceChildren(heading, list, status);
    this.removeAttribute("aria-hidden");
    this.hidden = false;
  }

  #card(item, answer, status) {
    const picture = make("span", { className: "picture", part: "picture" });
    if (isWeb(item.image)) {
      const image = make("img", { alt: "", loading: "lazy", decoding: "async", src: item.image });
      image.onerror = () => image.remove();
      picture.append(image);
    }
    const title = make("span", { className: "title", part: "title", textContent: item.title });
    const link = make("a", { part: "link", href: item.url }, picture, title);
    const button = make("button", { type: "button", part: "button" }, "Add to cart",
      make("span", { className: "quiet", textContent: `: ${item.title}` }));
    link.addEventListener("click", () => remember(item, answer));
    link.addEventListener("auxclick", () => remember(item, answer));
    button.addEventListener("click", () => this.#add(item, answer, button, status));
    return make("li", { part: "card" }, link, price(item), button);
  }

  async #add(item, answer, button, status) {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    remember(item, answer);
    try {
      await addToCart(item.variant_id);
      button.firstChild.data = "Added";
      status.textContent = `${item.title} is in your cart.`;
      announce(this, item);
    } catch {
      location.assign(item.url); // its own page says why
    }
    setTimeout(() => { button.firstChild.data = "Add to cart"; button.removeAttribute("aria-disabled"); }, 2500);
  }
}

// The place's own heading; but what was not bought together is not called so.
function title({ title: own, luxebrainPlacement: placement }, answer) {
  return own && (placement !== "bought_together" || answer.strategy === "collaborative") ? own : answer.title;
}

function price({ price: now, compare_at_price: before, currency }) {
  const line = make("p", { className: "price", part: "price" });
  if (before) line.append(make("b", { className: "quiet", textContent: "Now " }));
  line.append(make("span", { textContent: money(now, currency) }));
  if (before) line.append(make("b", { className: "quiet", textContent: ", before " }), make("s", { textContent: money(before, currency) }));
  return line;
}

function money(amount, currency) {
  for (const locale of [document.documentElement.lang || undefined, undefined]) {
    try {
      return new Intl.NumberFormat(locale, { style: "currency", currency }).format(amount);
    } catch { /* not known here */ }
  }
  return `${amount} ${currency}`;
}

function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "part" || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

function isWeb(address) {
  try {
    return ["http:", "https:"].includes(new URL(address, location.href).protocol);
  } catch {
    return false;
  }
}

// Changes size where nothing in sight moves; else once the place is out of sight or the shopper acts.
function moveNothing(widget, change) {
  if (tryChange(widget, change)) return;
  const place = widget.parentElement;
  const again = () => tryChange(widget, change) && stop();
  const now = () => { change(); stop(); };
  const watcher = new IntersectionObserver(again, { threshold: [0, 0.01] });
  const stop = () => {
    watcher.disconnect();
    for (const kind of ["click", "keydown"]) removeEventListener(kind, now, true);
  };
  watcher.observe(place);
  for (const kind of ["click", "keydown"]) addEventListener(kind, now, { capture: true });
}

function tryChange(widget, change) {
  const before = { nodes: [...widget.shadowRoot.childNodes], hidden: widget.hidden, aria: widget.getAttribute("aria-hidden"),
    isEmpty: widget.hasAttribute("empty") };
  const watched = neighbours(widget.parentElement).map((element) => [element, element.getBoundingClientRect()]);
  change();
  if (!watched.some(([element, was]) => hasMoved(was, element.getBoundingClientRect()))) return true;
  widget.shadowRoot.replaceChildren(...before.nodes);
  widget.hidden = before.hidden;
  widget.toggleAttribute("empty", before.isEmpty);
  if (before.aria) widget.setAttribute("aria-hidden", before.aria);
  return false;
}

// The place and whatever comes after it, up to the body.
function neighbours(place) {
  const found = [place];
  for (let node = place; node && node !== document.body; node = node.parentElement) {
    for (let next = node.nextElementSibling; next; next = next.nextElementSibling) found.push(next);
  }
  return found;
}

function hasMoved(was, is) {
  const isSeen = ({ top, bottom, height }) => height > 0 && bottom > 0 && top < innerHeight;
  return (isSeen(was) || isSeen(is)) && (Math.abs(was.top - is.top) > 0.5 || Math.abs(was.left - is.left) > 0.5);
}

// The answer within the budget, else the last good one, else null. A late one is kept for the next page.
async function ask({ luxebrainPlacement: placement, product, cart, store, api }) {
  const url = new URL("recommendations", api || HERE);
  const wanted = { store: store || HERE.searchParams.get("store"), placement, product, cart, k: 2 * SHOWN };
  for (const [name, value] of Object.entries(wanted)) if (value) url.searchParams.set(name, value);
  const late = new Promise((resolve) => { setTimeout(resolve, BUDGET_MS, null); });
  return (await Promise.race([fetched(url), late])) || lastGood(url);
}

async function fetched(url) {
  try {
    const response = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(3000) });
    if (!response.ok) throw new Error(String(response.status));
    const answer = checked(await response.json());
    note(0);
    keep(`luxebrain:${url.search}`, { at: Date.now(), answer });
    return answer;
  } catch {
    note((kept("luxebrain:breaker")?.failures || 0) + 1);
    return null;
  }
}

function checked(answer) {
  const items = answer.items.filter((item) => Number.isInteger(item.product_id) && typeof item.title === "string" && isWeb(item.url));
  return { ...answer, title: String(answer.title || ""), items };
}

function lastGood(url) {
  const found = kept(`luxebrain:${url.search}`);
  return found && Date.now() - found.at < STALE_MS ? found.answer : null;
}

function note(failures) {
  keep("luxebrain:breaker", { failures, at: Date.now() });
}

function breakerIsOpen() {
  const state = kept("luxebrain:breaker");
  return Boolean(state) && state.failures >= BREAKER.failures && Date.now() - state.at < BREAKER.restMs;
}

function kept(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function keep(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch { /* full or forbidden */ }
}

// The store copies this cookie onto the order; newest last, and never more than a cookie may hold.
function remember(item, answer) {
  if (!mayRemember()) return;
  const click = { click_id: randomId(), recommendation_id: answer.recommendation_id, placement: answer.placement,
    product_id: item.product_id, at: Date.now() };
  const clicks = [...readClicks(), click].slice(-COOKIE.clicks);
  while (encoded(clicks).length > COOKIE.bytes) clicks.shift();
  document.cookie = `${COOKIE.name}=${encoded(clicks)}; path=/; max-age=${COOKIE.seconds}; samesite=lax`;
}

// The WP Consent API, where the shop has it: one of the two purposes that a click is kept for has to be agreed to.
function mayRemember() {
  return typeof window.wp_has_consent !== "function" || window.wp_has_consent("statistics") || window.wp_has_consent("marketing");
}

function readClicks() {
  try {
    const value = document.cookie.split("; ").find((pair) => pair.startsWith(`${COOKIE.name}=`)).slice(COOKIE.name.length + 1);
    const clicks = JSON.parse(decodeURIComponent(value));
    return Array.isArray(clicks) ? clicks : [];
  } catch {
    return [];
  }
}

function encoded(clicks) {
  return encodeURIComponent(JSON.stringify(clicks));
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// WooCommerce's Store API: reading a cart gives the nonce for writing to it.
async function addToCart(id) {
  const root = document.querySelector('link[rel="https://api.w.org/"]')?.href || new URL("/wp-json/", location.href).href;
  const cart = await fetch(`${root}wc/store/v1/cart`, { credentials: "same-origin" });
  const headers = { "Content-Type": "application/json", Nonce: cart.headers.get("Nonce") || "" };
  const options = { method: "POST", credentials: "same-origin", headers, body: JSON.stringify({ id, quantity: 1 }) };
  const added = await fetch(`${root}wc/store/v1/cart/add-item`, options);
  if (!added.ok) throw new Error(String(added.status));
}

function announce(widget, item) {
  widget.dispatchEvent(new CustomEvent("luxebrain:added", { bubbles: true, composed: true, detail: { product_id: item.product_id } }));
  document.body.dispatchEvent(new CustomEvent("wc-blocks_added_to_cart", { bubbles: true })); // WooCommerce's block mini cart
  window.jQuery?.(document.body).trigger("wc_fragment_refresh"); // classic themes
  const { luxebrainPlacement: placement, order } = widget.parentElement.dataset;
  if (placement === "cart" && !order) setTimeout(() => location.reload(), 600);
}

if (!customElements.get("luxebrain-widget")) {
  customElements.define("luxebrain-widget", LuxeBrainWidget);
  for (const place of document.querySelectorAll("[data-luxebrain-placement]")) place.append(document.createElement("luxebrain-widget"));
}

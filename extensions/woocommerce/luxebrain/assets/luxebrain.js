// LuxeBrain's storefront widget. Fills <div data-luxebrain-placement="similar" data-product="123">: any placement of docs/widgets.md.
// Who asks whom is in its own address (?store=), or on the place where the shop serves this file itself: data-store, data-api, data-title.
// What it may remember of a shopper is on the place too, data-consent: "none", "session" (the default) or "customer".
// Nothing on the page ever moves, and whatever goes wrong here, the page is as if we were not there.
// Style it by --luxebrain-accent, --luxebrain-gap, --luxebrain-radius and the parts named below. A theme that keeps room for a place with
// a min-height sees the widget at once wherever it is; a place that stays without one has <luxebrain-widget empty>, to give the room back.

const BEGAN = performance.now();
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
const SEEN = { key: "luxebrain:seen", most: 20 };
const FROM_SEEN = ["for_you", "recently_viewed", "empty_cart", "not_found", "no_results"];
const SEEN_MS = 1000; // so long at least half of a widget is in sight before it counts as seen
const IN_OTHER_LANGUAGES = ["de"]; // words/<language>.js beside this file
const ENGLISH = {
  add: "Add to cart", added: "Added", soldOut: "Sold out", choose: "Choose", now: "Now", before: "before", from: "from",
  isIn: (title) => `${title} is in your cart.`, gone: (title) => `${title} has just sold out.`,
  changed: (title, price) => `${title} costs ${price} now. Press again to add it.`,
  addAll: (count, price) => `Add all ${count} to cart: ${price}`, areIn: (count) => `${count} products are in your cart.`,
};
const words = wordsOf(document.documentElement.lang.slice(0, 2).toLowerCase());
let spentMs = 0; // what this script took of the page's main thread

// How it looks.
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
.choice { height: 2.75em; margin-bottom: .4em }
select { width: 100%; border: 1px solid color-mix(in srgb, currentColor 30%, transparent);
  border-radius: var(--luxebrain-radius, 8px); background: transparent; color: inherit; font: inherit }
.all { display: flex; justify-content: center; padding: .75em 4px 4px }
.all button { width: auto; padding: 0 1.5em; background: var(--luxebrain-accent, currentColor) }
.all span { color: var(--luxebrain-on-accent, Canvas) }
button { width: 100%; height: 2.75em; margin-top: auto; padding: 0 .5em; border: 1px solid var(--luxebrain-accent, currentColor);
  border-radius: var(--luxebrain-radius, 8px); background: transparent; color: var(--luxebrain-accent, inherit); font: inherit;
  cursor: pointer }
button:hover { background: color-mix(in srgb, currentColor 8%, transparent) }
.all button:hover { background: var(--luxebrain-accent, currentColor); opacity: .9 }
button[aria-disabled] { cursor: default }
:focus-visible { outline: 2px solid var(--luxebrain-accent, currentColor); outline-offset: 2px }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (max-width: 640px) {
  ul { grid-template-columns: repeat(${SHOWN}, 44%); overflow-x: auto }
  :focus-visible { outline-offset: -2px }
}`);

// The element: it keeps room, asks, and shows.
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
    const asked = ask(this.parentElement).catch(() => null);
    turn = turn.then(async () => this.#take(await asked)).catch(() => {});
  }

  async #take(answer) {
    this.#settled = true;
    const items = (answer?.items || []).filter((item) => !onPage.has(item.product_id)).slice(0, SHOWN);
    for (const item of items) onPage.add(item.product_id);
    const [shown, said] = items.length ? await Promise.all([asSold(items), words]) : [[], ENGLISH];
    timed(() => {
      if (shown.length) {
        moveNothing(this, () => this.#show(answer, shown, said));
        return;
      }
      this.style.visibility = "hidden"; // empty boxes are no sight; their room goes once nothing moves by it
      moveNothing(this, () => this.#leave());
    });
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
        ...this.#isTogether() ? [make("span", { className: "choice" })] : [], make("span", { className: "room" })));
    const all = this.#isTogether() ? [make("div", { className: "all" }, make("span", { className: "room" }))] : [];
    this.#root.replaceChildren(make("div", { className: "heading" }), make("ul", {}, ...cards), ...all);
    this.setAttribute("aria-hidden", "true");
    this.hidden = false;
  }

  #isTogether() {
    return this.parentElement.dataset.luxebrainPlacement === "bought_together";
  }

  #show(answer, items, said) {
    const status = make("p", { className: "quiet", role: "status" });
    const heading = make("h2", { className: "heading", part: "heading", id: "heading",
      textContent: title(this.parentElement.dataset, answer) });
    const cards = items.map((item, position) => new Card(this, { ...item, position }, answer, said, status));
    const list = make("ul", { part: "list", role: "list" }, ...cards.map((card) => card.element));
    list.setAttribute("aria-labelledby", "heading");
    const all = this.#isTogether() ? [this.#addAll(cards, said, status)] : [];
    this.#root.replaceChildren(heading, list, ...all, status);
    this.removeAttribute("aria-hidden");
    this.hidden = false;
    whenSeen(list, () => track(this.parentElement, "impression", answer, items.map((item) => item.product_id)));
  }

  #addAll(cards, said, status) {
    const label = make("span", {});
    const total = () => cards.reduce((sum, card) => sum + Number(card.price), 0);
    const write = () => { label.textContent = said.addAll(cards.length, money(total(), cards[0].item.currency)); };
    for (const card of cards) card.onPrice = write;
    write();
    const button = make("button", { type: "button", part: "button all" }, label);
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-disabled")) return;
      button.setAttribute("aria-disabled", "true");
      let added = 0;
      for (const card of cards) added += await card.add({ isOneOfMany: true });
      if (added) {
        status.textContent = said.areIn(added);
        announce(this, cards.map((card) => card.item.product_id));
      }
      setTimeout(() => button.removeAttribute("aria-disabled"), 2500);
    });
    return make("div", { className: "all", part: "all" }, button);
  }
}

// One product in a widget, and what happens to it.
class Card {
  constructor(widget, item, answer, said, status) {
    Object.assign(this, { widget, item, answer, said, status, price: item.price });
    const picture = make("span", { className: "picture", part: "picture" });
    if (isWeb(item.image)) {
      const image = make("img", { alt: "", loading: "lazy", decoding: "async", src: item.image });
      image.onerror = () => image.remove();
      picture.append(image);
    }
    const name = make("span", { className: "title", part: "title", textContent: item.title });
    const link = make("a", { part: "link", href: item.url }, picture, name);
    for (const kind of ["click", "auxclick"]) link.addEventListener(kind, () => this.#note("click"));
    this.line = priceLine(item, said);
    this.button = make("button", { type: "button", part: "button" }, said.add,
      make("span", { className: "quiet", textContent: `: ${item.title}` }));
    this.button.addEventListener("click", async () => {
      if (await this.add({})) announce(widget, [item.product_id]);
    });
    const isTogether = widget.parentElement.dataset.luxebrainPlacement === "bought_together";
    this.choice = isTogether && item.variants?.length > 1 ? this.#choice() : null;
    const room = this.choice || !isTogether ? [] : [make("span", { className: "choice" })];
    this.element = make("li", { part: "card" }, link, this.line, ...room, ...this.choice ? [this.choice] : [], this.button);
  }

  #choice() {
    const options = this.item.variants.map(({ id, title: name }) => make("option", { value: id, textContent: name }));
    const select = make("select", { className: "choice", part: "choice" }, ...options);
    select.setAttribute("aria-label", `${this.said.choose}: ${this.item.title}`);
    select.addEventListener("change", async () => {
      const chosen = select.value;
      const fresh = await ofStore(Number(chosen));
      if (fresh?.price && chosen === select.value) this.#priceAs({ ...fresh, isFrom: false });
    });
    return select;
  }

  #note(kind) {
    remember(this.widget.parentElement, this.item, this.answer);
    track(this.widget.parentElement, kind, this.answer, [this.item.product_id]);
  }

  #priceAs(fresh) {
    this.price = fresh.price;
    this.line.replaceChildren(...priceLine({ ...this.item, ...fresh }, this.said).childNodes);
    this.onPrice?.();
  }

  // Whether it is in the cart now. The store is asked again first: for less than a second old stock and price.
  async add({ isOneOfMany = false }) {
    if (this.button.getAttribute("aria-disabled")) return false;
    this.button.setAttribute("aria-disabled", "true");
    const { item, said, status } = this;
    const id = Number(this.choice?.value) || item.variant_id;
    try {
      const fresh = await ofStore(id);
      if (fresh?.isInStock === false) {
        status.textContent = said.gone(item.title);
        return this.#done(said.soldOut, Infinity);
      }
      if (fresh?.price && !this.choice && !isOneOfMany && Number(fresh.price) !== Number(this.price)) {
        this.#priceAs(fresh);
        status.textContent = said.changed(item.title, money(fresh.price, fresh.currency));
        return this.#done(said.add, 0);
      }
      this.#note("add");
      await addToCart(id);
      if (!isOneOfMany) status.textContent = said.isIn(item.title);
      return this.#done(said.added, 2500, true);
    } catch {
      if (!isOneOfMany) location.assign(item.url); // its own page says why
      return this.#done(said.add, 0);
    }
  }

  #done(word, ms, isAdded = false) {
    this.button.firstChild.data = word;
    if (ms === Infinity) return isAdded;
    setTimeout(() => { this.button.firstChild.data = this.said.add; this.button.removeAttribute("aria-disabled"); }, ms);
    return isAdded;
  }
}

// The place's own heading; but what was not bought together is not called so.
function title({ title: own, luxebrainPlacement: placement }, answer) {
  return own && (placement !== "bought_together" || answer.strategy === "collaborative") ? own : answer.title;
}

// Prices, words, and the making of elements.
function priceLine({ price: now, compare_at_price: before, currency, isFrom }, said) {
  const line = make("p", { className: "price", part: "price" });
  if (before) line.append(make("b", { className: "quiet", textContent: `${said.now} ` }));
  line.append(make("span", { textContent: `${isFrom ? `${said.from} ` : ""}${money(now, currency)}` }));
  if (before) {
    line.append(make("b", { className: "quiet", textContent: `, ${said.before} ` }), make("s", { textContent: money(before, currency) }));
  }
  return line;
}

async function wordsOf(language) {
  if (!IN_OTHER_LANGUAGES.includes(language)) return ENGLISH;
  const loaded = import(new URL(`words/${language}.js`, HERE)).then((file) => ({ ...ENGLISH, ...file.default }), () => ENGLISH);
  return Promise.race([loaded, after(3 * BUDGET_MS, ENGLISH)]);
}

function after(ms, value) {
  return new Promise((resolve) => { setTimeout(resolve, ms, value); });
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
  if (!watched.some(([element, was]) => hasMoved(was, element.getBoundingClientRect()))) {
    changedAt.push(performance.now());
    return true;
  }
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
async function ask(place) {
  const { luxebrainPlacement: placement, product, cart, store, api, bought } = place.dataset;
  const url = new URL("recommendations", api || HERE);
  const mine = bought && consentOf(place) === "customer" ? bought.split(",") : [];
  const seen = FROM_SEEN.includes(placement) ? [...new Set([...readSeen(place), ...mine])].slice(0, SEEN.most).join() : "";
  if (placement === "recently_viewed" && !seen) return null;
  const wanted = { store: store || HERE.searchParams.get("store"), placement, product, cart, seen, k: 2 * SHOWN };
  for (const [name, value] of Object.entries(wanted)) if (value) url.searchParams.set(name, value);
  return (await Promise.race([fetched(url), after(BUDGET_MS, null)])) || lastGood(url);
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

// What a shopper agreed to: "none", "session" or "customer". The WP Consent API, where the shop has it, can only say less than the place:
// one of the two purposes that a click is kept for has to be agreed to.
function consentOf(place) {
  const asked = place.dataset.consent || "session";
  const has = window.wp_has_consent;
  return typeof has === "function" && !has("statistics") && !has("marketing") ? "none" : asked;
}

// What was looked at, latest first: for this visit, or where the shopper is known and agreed, for the next ones too.
function storeOfSeen(place) {
  const mode = consentOf(place);
  return mode === "none" ? null : mode === "customer" ? localStorage : sessionStorage;
}

function readSeen(place) {
  try {
    const seen = JSON.parse(storeOfSeen(place).getItem(SEEN.key));
    return Array.isArray(seen) ? seen.filter(Number.isSafeInteger).map(String) : [];
  } catch {
    return [];
  }
}

function noteSeen(place) {
  const product = Number(place.dataset.product);
  if (!Number.isSafeInteger(product) || product <= 0) return;
  try {
    const seen = [product, ...readSeen(place).map(Number).filter((id) => id !== product)].slice(0, SEEN.most);
    storeOfSeen(place)?.setItem(SEEN.key, JSON.stringify(seen));
  } catch { /* full or forbidden */ }
}

// The store copies this cookie onto the order; newest last, and never more than a cookie may hold.
function remember(place, item, answer) {
  if (consentOf(place) === "none") return;
  const click = { click_id: randomId(), recommendation_id: answer.recommendation_id, placement: answer.placement,
    product_id: item.product_id, at: Date.now() };
  const clicks = [...readClicks(), click].slice(-COOKIE.clicks);
  while (encoded(clicks).length > COOKIE.bytes) clicks.shift();
  document.cookie = `${COOKIE.name}=${encoded(clicks)}; path=/; max-age=${COOKIE.seconds}; samesite=lax`;
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

// Half of it in sight for a second.
function whenSeen(element, tell) {
  let timer = 0;
  const watcher = new IntersectionObserver(([entry]) => {
    clearTimeout(timer);
    if (entry.intersectionRatio >= 0.5) timer = setTimeout(() => { watcher.disconnect(); tell(); }, SEEN_MS);
  }, { threshold: [0, 0.5] });
  watcher.observe(element);
}

// What happened, told when the page is left, or when there is much of it. Nobody is named: an event has a number of its own and no more.
const happened = [];

function track(place, kind, answer, products) {
  happened.push({ place, at: performance.now(), event: { id: randomId(), kind, placement: answer.placement,
    recommendation_id: answer.recommendation_id, products } });
  if (happened.length >= 20) tell();
}

function tell() {
  if (!happened.length) return;
  const { store, api } = happened[0].place.dataset;
  const events = happened.splice(0).map(({ at, event }) => ({ ...event, age_ms: Math.round(performance.now() - at) }));
  const body = { store: store || HERE.searchParams.get("store"), events, cost: cost() };
  navigator.sendBeacon?.(new URL("events", api || HERE), JSON.stringify(body));
}

// What we cost this page: bytes of this file, milliseconds of the main thread, and how much of what moved was ours. Once a page.
let isCostTold = false;
let moved = 0;
const changedAt = [];

function cost() {
  if (isCostTold) return undefined;
  isCostTold = true;
  const file = performance.getEntriesByName(HERE.href)[0];
  return { bytes: file?.encodedBodySize || 0, ms: Math.round(spentMs * 10) / 10, cls: Math.round(moved * 10000) / 10000 };
}

function timed(work) {
  const began = performance.now();
  work();
  spentMs += performance.now() - began;
}

// What moves within a tenth of a second after we changed something counts as ours: a browser does not say what moved inside a widget.
function watchMoves() {
  try {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const isOurs = changedAt.some((at) => entry.startTime >= at && entry.startTime < at + 100);
        if (isOurs && !entry.hadRecentInput) moved += entry.value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  } catch { /* not known here */ }
}

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

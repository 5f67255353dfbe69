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

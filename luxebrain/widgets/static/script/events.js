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

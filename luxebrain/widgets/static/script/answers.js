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

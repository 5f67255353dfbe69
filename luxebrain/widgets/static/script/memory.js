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
